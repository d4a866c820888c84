# Registers CTest tests that put a candidate to suites of bncheck:
#
#   bncheck_add_conformance_test(NAME name CANDIDATE target-or-spec [SUITES suite...] [ARGS argument...]
#                                [KNOWN_FAILURES file] [LABELS label...] [TIMEOUT seconds] [JOBS n])
#
#   NAME            one test a suite, called name:suite
#   CANDIDATE       a target (a MODULE or SHARED library is a plugin, an executable a program that speaks JSON lines), or a
#                   candidate as `bncheck run` takes it: builtin:NAME, exec:COMMAND, plugin:PATH, saved:DIR
#   SUITES          built-in suites, or case files relative to the current source folder; none: smoke
#   ARGS            further arguments of `bncheck run`; it works in the current source folder
#   KNOWN_FAILURES  a file relative to the current source folder
#   LABELS          beside bncheck and the suite, which every test has as labels
#   TIMEOUT         seconds that a whole suite may take; that of one request is ARGS --timeout
#   JOBS            threads of bncheck and processes of the candidate, as CTest is told them too; none: 1
#
# A suite of which nothing was selected, or all was skipped, is a skipped test. The report of a test is
# bncheck/name/suite.json in the current binary folder.
function(bncheck_add_conformance_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;CANDIDATE;KNOWN_FAILURES;TIMEOUT;JOBS" "SUITES;ARGS;LABELS")
  set(usage "bncheck_add_conformance_test(NAME name CANDIDATE target-or-spec [SUITES suite...] [ARGS argument...] "
    "[KNOWN_FAILURES file] [LABELS label...] [TIMEOUT seconds] [JOBS n])")
  string(CONCAT usage ${usage})
  if(DEFINED arg_UNPARSED_ARGUMENTS)
    list(GET arg_UNPARSED_ARGUMENTS 0 first)
    message(FATAL_ERROR "bncheck_add_conformance_test: '${first}' is no keyword, and belongs to none. Write\n  ${usage}")
  endif()
  if(DEFINED arg_KEYWORDS_MISSING_VALUES)
    list(GET arg_KEYWORDS_MISSING_VALUES 0 first)
    message(FATAL_ERROR "bncheck_add_conformance_test: ${first} has no value. Write\n  ${usage}")
  endif()
  foreach(keyword NAME CANDIDATE)
    if("${arg_${keyword}}" STREQUAL "")
      message(FATAL_ERROR "bncheck_add_conformance_test: ${keyword} is missing. Write\n  ${usage}")
    endif()
  endforeach()
  if(NOT arg_NAME MATCHES "^[A-Za-z0-9_.+-]+$")
    message(FATAL_ERROR "bncheck_add_conformance_test: NAME is '${arg_NAME}'. Write letters, digits and _ . + - alone: tests and a folder are called so.")
  endif()
  if(DEFINED arg_TIMEOUT AND NOT arg_TIMEOUT MATCHES "^[0-9]*[1-9][0-9]*(\\.[0-9]+)?$")
    message(FATAL_ERROR "bncheck_add_conformance_test: TIMEOUT is '${arg_TIMEOUT}'. Write a number of seconds, 1 or more.")
  endif()
  if(NOT DEFINED arg_JOBS)
    set(arg_JOBS 1)
  elseif(NOT arg_JOBS MATCHES "^[1-9][0-9]*$")
    message(FATAL_ERROR "bncheck_add_conformance_test: JOBS is '${arg_JOBS}'. Write a whole number, 1 or more.")
  endif()
  if(NOT DEFINED arg_SUITES)
    set(arg_SUITES smoke)
  endif()

  if(TARGET "${arg_CANDIDATE}")
    get_target_property(type ${arg_CANDIDATE} TYPE)
    if(type MATCHES "^(MODULE|SHARED)_LIBRARY$")
      set(candidate "plugin:$<TARGET_FILE:${arg_CANDIDATE}>")
    elseif(type STREQUAL "EXECUTABLE")
      set(candidate "exec:\"$<TARGET_FILE:${arg_CANDIDATE}>\"")  # split like the words of a shell
    else()
      message(FATAL_ERROR "bncheck_add_conformance_test: the target '${arg_CANDIDATE}' is a ${type}. A candidate is a MODULE or SHARED library, or an executable.")
    endif()
  elseif(arg_CANDIDATE MATCHES "^[a-z]+:.")
    set(candidate "${arg_CANDIDATE}")
  else()
    message(FATAL_ERROR "bncheck_add_conformance_test: CANDIDATE is '${arg_CANDIDATE}', of which there is no target here. "
      "Name a target that was added before, or write builtin:NAME, exec:COMMAND, plugin:PATH or saved:DIR.")
  endif()
  set(known_failures)
  if(DEFINED arg_KNOWN_FAILURES)
    get_filename_component(file "${arg_KNOWN_FAILURES}" ABSOLUTE)
    set(known_failures --known-failures "${file}")
  endif()

  set(reports ${CMAKE_CURRENT_BINARY_DIR}/bncheck/${arg_NAME})
  file(MAKE_DIRECTORY ${reports})
  foreach(suite IN LISTS arg_SUITES)
    set(name "${suite}")
    get_filename_component(file "${suite}" ABSOLUTE)
    if(EXISTS "${file}" AND NOT IS_DIRECTORY "${file}")
      get_filename_component(name "${suite}" NAME)
      string(REGEX REPLACE "\\.json$" "" name "${name}")
      set(suite "${file}")
    endif()
    string(REGEX REPLACE "[^A-Za-z0-9._+-]" "_" report "${name}")
    set(test "${arg_NAME}:${name}")
    add_test(NAME "${test}"
      COMMAND bncheck::tool run "${suite}" --candidate "${candidate}" --json "${reports}/${report}.json" --jobs ${arg_JOBS} --quiet
        ${known_failures} ${arg_ARGS}
      WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set(labels bncheck "${name}" ${arg_LABELS})
    list(REMOVE_DUPLICATES labels)
    set_tests_properties("${test}" PROPERTIES LABELS "${labels}" SKIP_RETURN_CODE 4 PROCESSORS ${arg_JOBS})
    if(DEFINED arg_TIMEOUT)
      set_tests_properties("${test}" PROPERTIES TIMEOUT ${arg_TIMEOUT})
    endif()
  endforeach()
endfunction()
