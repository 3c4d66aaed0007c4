# compiler.cmake: language level, warnings, sanitizers and the compiler cache, for the project's own targets only.
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12) OR
   (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16))
  message(FATAL_ERROR "einc needs GCC 12 or Clang 16, or newer; "
    "${CMAKE_CXX_COMPILER} is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}. "
    "Choose another with -DCMAKE_CXX_COMPILER=...")
endif()

if(PROJECT_IS_TOP_LEVEL)
  find_program(EINC_CCACHE ccache)
  mark_as_advanced(EINC_CCACHE)
  if(EINC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${EINC_CCACHE})
  endif()
endif()

# A static einc still ends up inside shared objects (plug-ins, language bindings).
if(NOT DEFINED CMAKE_POSITION_INDEPENDENT_CODE)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

# Every target of this project links it; nothing of it is exported.
add_library(einc_build_flags INTERFACE)
target_compile_features(einc_build_flags INTERFACE cxx_std_20)
target_compile_options(einc_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(einc_build_flags INTERFACE -Wno-restrict)  # GCC 12 warns of "literal" + std::string
endif()
if(EINC_WERROR)
  target_compile_options(einc_build_flags INTERFACE -Werror)
endif()
if(EINC_SANITIZE)
  set(EINC_SANITIZE_FLAGS -fsanitize=${EINC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options(${EINC_SANITIZE_FLAGS})
  add_link_options(${EINC_SANITIZE_FLAGS})
endif()
