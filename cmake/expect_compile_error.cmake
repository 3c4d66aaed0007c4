# expect_compile_error.cmake: passes when SOURCE does not compile and the compiler's first error says what the source's own
# `// expect: ...` lines announce. Run as a script by ctest.
file(STRINGS ${SOURCE} announced REGEX "^// expect: ")
if(NOT announced)
  message(FATAL_ERROR "${SOURCE} has no line `// expect: ...`")
endif()

string(REPLACE "|" ";" INCLUDES "${INCLUDES}")
string(REPLACE "|" ";" SYSTEM_INCLUDES "${SYSTEM_INCLUDES}")
list(TRANSFORM INCLUDES PREPEND -I)
list(TRANSFORM SYSTEM_INCLUDES PREPEND -I)
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only ${INCLUDES} ${SYSTEM_INCLUDES} ${SOURCE}
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, and should not")
endif()
string(REGEX MATCH "[^\n]* error: [^\n]*" first "${said}")
foreach(line IN LISTS announced)
  string(REGEX REPLACE "^// expect: *" "" sentence "${line}")
  string(FIND "${first}" "${sentence}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${SOURCE} fails to compile, but the first error does not say `${sentence}`:\n${said}")
  endif()
endforeach()
