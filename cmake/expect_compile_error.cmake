# expect_compile_error.cmake: passes when SOURCE does not compile and the line of the compiler's first error ends with the sentence
# that the source's own line `// expect: ...` announces. Run as a script by ctest.
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
string(REGEX MATCH "[^\n]*error: [^\n]*" first "${said}")
string(STRIP "${first}" first)
string(REGEX REPLACE " \"(.*)\"$" ": \\1" first "${first}")  # some compilers put the sentence between quotes
foreach(line IN LISTS announced)
  string(REGEX REPLACE "^// expect: *" "" sentence "${line}")
  string(LENGTH "${first}" whole)
  string(LENGTH ": ${sentence}" length)
  string(FIND "${first}" ": ${sentence}" place REVERSE)
  math(EXPR end "${place} + ${length}")
  if(place EQUAL -1 OR NOT end EQUAL whole)
    message(FATAL_ERROR "${SOURCE} fails to compile, but the first error does not end with `${sentence}`:\n${said}")
  endif()
endforeach()
