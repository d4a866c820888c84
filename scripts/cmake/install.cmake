# What `cmake --install` puts where. Everything finds the rest of it by relative paths, so that the folder can be moved.
include(CMakePackageConfigHelpers)
set(bncheck_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/bncheck)
set(bncheck_candidates ${CMAKE_INSTALL_DATADIR}/bncheck/candidates)
set(generated ${PROJECT_BINARY_DIR}/generated)

install(TARGETS bncheck bncheck_plugin EXPORT bncheckTool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS bncheck_library EXPORT bncheckLibrary ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY lib/bncheck DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(FILES ${generated}/bncheck/run/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/bncheck/run)

install(EXPORT bncheckTool NAMESPACE bncheck:: FILE bncheckToolTargets.cmake DESTINATION ${bncheck_cmake})
install(EXPORT bncheckLibrary NAMESPACE bncheck:: FILE bncheckLibraryTargets.cmake DESTINATION ${bncheck_cmake})
configure_package_config_file(scripts/cmake/bncheckConfig.cmake.in ${generated}/bncheckConfig.cmake
  INSTALL_DESTINATION ${bncheck_cmake} PATH_VARS bncheck_candidates)
# Before 1.0 a minor version may change what there is.
write_basic_package_version_file(${generated}/bncheckConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${generated}/bncheckConfig.cmake ${generated}/bncheckConfigVersion.cmake scripts/cmake/bncheckConformance.cmake
  DESTINATION ${bncheck_cmake})

file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" up ${up})
set(pc_prefix "\${pcfiledir}/${up}")
set(pc_private "-lmpfr -lgmp -lhwy -lzip -lpugixml -lfmt -ltbb -lquadmath -lstdc++ -lm")
foreach(library IN LISTS CMAKE_DL_LIBS)
  string(APPEND pc_private " -l${library}")
endforeach()
configure_file(scripts/cmake/bncheck.pc.in ${generated}/bncheck.pc @ONLY)
install(FILES ${generated}/bncheck.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY scripts/candidates/ DESTINATION ${bncheck_candidates}
  FILES_MATCHING PATTERN "*.py" PATTERN "*.mjs" PATTERN "*.c" PATTERN package.json
  PATTERN node_modules EXCLUDE PATTERN __pycache__ EXCLUDE)
install(DIRECTORY scripts/plugins/ DESTINATION ${CMAKE_INSTALL_DATADIR}/bncheck/plugins FILES_MATCHING PATTERN "*.c" PATTERN "*.cpp")
install(DIRECTORY cases/known-failures DESTINATION ${CMAKE_INSTALL_DATADIR}/bncheck)

# Of the tool's own tree of options.
set(documents ${generated}/bncheck.1.gz ${generated}/bncheck.bash ${generated}/_bncheck)
add_custom_command(OUTPUT ${documents}
  COMMAND bncheck manual | gzip -9n > ${generated}/bncheck.1.gz
  COMMAND bncheck completion bash > ${generated}/bncheck.bash
  COMMAND bncheck completion zsh > ${generated}/_bncheck
  DEPENDS bncheck VERBATIM)
add_custom_target(documents ALL DEPENDS ${documents})
install(FILES ${generated}/bncheck.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/bncheck.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME bncheck)
# Debian's zsh reads the first below /usr, every zsh the second below /usr/local.
foreach(folder vendor-completions site-functions)
  install(FILES ${generated}/_bncheck DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder})
endforeach()
