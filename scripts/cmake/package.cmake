# `cpack` in the build folder: a .deb, and a .tar.gz that works where it is unpacked. The .deb goes without the plugin for oneDNN,
# on which it would depend.
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_COMPONENTS_ALL ${CMAKE_INSTALL_DEFAULT_COMPONENT_NAME})
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_VENDOR "The bncheck authors")
set(CPACK_PACKAGE_CONTACT "The bncheck authors <maintainers@bncheck.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "conformance checker for batch normalization")
set(CPACK_PACKAGE_DESCRIPTION
"bncheck tells whether an implementation of batch normalization is right,
how accurate it is, and on which inputs it breaks. The implementation may be
a program in any language, a shared library or a folder of saved tensors.
.
Tolerances are derived from the data of each case, and every reference value
is an enclosure computed in as high a precision as the verdict needs.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_FILE_NAME bncheck-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
string(TOLOWER ${CPACK_PACKAGE_FILE_NAME} CPACK_PACKAGE_FILE_NAME)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION math)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What those need who link to the library, and who run the examples.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
  "cmake, libboost1.81-dev, libfmt-dev, libgmp-dev, libhwy-dev, libmpfr-dev, libpugixml-dev, libtbb-dev, libzip-dev, nlohmann-json3-dev, python3-numpy")

# Debian's policy asks every package for these two.
set(doc ${CMAKE_INSTALL_DATADIR}/doc/bncheck)
install(FILES LICENSE DESTINATION ${doc} RENAME copyright)
find_program(GZIP gzip)
if(GZIP)
  execute_process(COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/scripts/cmake/changelog OUTPUT_FILE ${generated}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${generated}/changelog.gz DESTINATION ${doc})
endif()
include(CPack)
