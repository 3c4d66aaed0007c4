# dependencies.cmake: each library from the system when it is there, else from its release tag.
# -DFETCHCONTENT_SOURCE_DIR_<NAME>=<folder> takes a folder instead of the network.
include(FetchContent)

# Fetches a library of headers and offers them under the target name its own package uses. Its build files are not
# read: they would look for one another's packages, add their tests, and differ between releases.
function(einc_fetch_headers name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;REPOSITORY;TAG;FOLDER" "DEFINES;USES")
  if(NOT arg_FOLDER)
    set(arg_FOLDER include)
  endif()
  message(STATUS "einc: no ${name} on this system; fetching ${arg_TAG}")
  FetchContent_Declare(${name} GIT_REPOSITORY ${arg_REPOSITORY} GIT_TAG ${arg_TAG} GIT_SHALLOW ON
    SOURCE_SUBDIR only-the-headers)
  FetchContent_MakeAvailable(${name})
  string(TOLOWER ${name} lower)
  add_library(${arg_TARGET} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${arg_TARGET} SYSTEM INTERFACE ${${lower}_SOURCE_DIR}/${arg_FOLDER})
  target_compile_definitions(${arg_TARGET} INTERFACE ${arg_DEFINES})
  target_link_libraries(${arg_TARGET} INTERFACE ${arg_USES})
endfunction()

# xtl and xtensor come before xsimd: a packaged xsimd may name xtl as its dependency without looking for it.
find_package(xtl CONFIG QUIET)
if(NOT TARGET xtl)
  einc_fetch_headers(xtl TARGET xtl REPOSITORY https://github.com/xtensor-stack/xtl.git TAG 0.7.7)
endif()
find_package(xtensor CONFIG QUIET)
if(NOT TARGET xtensor)
  einc_fetch_headers(xtensor TARGET xtensor USES xtl
    REPOSITORY https://github.com/xtensor-stack/xtensor.git TAG 0.25.0)
elseif(xtensor_VERSION VERSION_LESS 0.24)
  message(FATAL_ERROR "einc needs xtensor 0.24 or newer; found ${xtensor_VERSION} in ${xtensor_DIR}")
endif()

# xsimd's version file accepts its own major only, and a package once found cannot be replaced by a fetched one:
# so ask for each major, newest first, and fetch when none answers.
foreach(version 14 13 12 11 10 9 8.1)
  if(NOT TARGET xsimd AND version VERSION_GREATER_EQUAL EINC_XSIMD_MIN)
    find_package(xsimd ${version} CONFIG QUIET)
  endif()
endforeach()
if(NOT TARGET xsimd)
  find_package(xsimd ${EINC_XSIMD_MIN} CONFIG QUIET)
endif()
if(NOT TARGET xsimd)
  einc_fetch_headers(xsimd TARGET xsimd REPOSITORY https://github.com/xtensor-stack/xsimd.git TAG 13.2.0)
endif()

find_package(fmt CONFIG QUIET)
if(NOT TARGET fmt::fmt-header-only)
  einc_fetch_headers(fmt TARGET fmt::fmt-header-only DEFINES FMT_HEADER_ONLY=1
    REPOSITORY https://github.com/fmtlib/fmt.git TAG 10.1.1)
endif()

# fmt's code is compiled once, in compiler/ir/fmt_code.cpp, not in every file that formats: there it took two seconds each. Its names
# are in a namespace of ours: a program with a static einc may have another fmt, of whatever version. A release of fmt that has its
# code elsewhere is compiled as headers only, as slowly as it is.
get_target_property(includes fmt::fmt-header-only INTERFACE_INCLUDE_DIRECTORIES)
add_library(einc_fmt INTERFACE IMPORTED GLOBAL)
set_target_properties(einc_fmt PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${includes}"
  INTERFACE_COMPILE_DEFINITIONS "FMT_BEGIN_NAMESPACE=namespace fmt { inline namespace einc_own {;FMT_END_NAMESPACE=}}")
if(NOT DEFINED EINC_FMT_ONCE)
  try_compile(EINC_FMT_ONCE ${PROJECT_BINARY_DIR}/fmt_check
    SOURCES ${PROJECT_SOURCE_DIR}/compiler/ir/fmt_code.cpp ${PROJECT_SOURCE_DIR}/cmake/fmt_check.cpp
    LINK_LIBRARIES einc_fmt CXX_STANDARD 20)
  mark_as_advanced(EINC_FMT_ONCE)
endif()
if(NOT EINC_FMT_ONCE)
  set_property(TARGET einc_fmt APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY=1)
endif()

find_package(nlohmann_json 3.11 CONFIG QUIET)
if(NOT TARGET nlohmann_json::nlohmann_json)
  einc_fetch_headers(nlohmann_json TARGET nlohmann_json::nlohmann_json
    REPOSITORY https://github.com/nlohmann/json.git TAG v3.11.3)
endif()

# Not fetched: without it searches begin elsewhere, and say so.
set(EINC_METIS_FOUND OFF)
if(EINC_METIS)
  find_package(METIS 5 QUIET)
  set(EINC_METIS_FOUND ${METIS_FOUND})
endif()

# Its package is one for pkg-config alone; what is used of it is a header.
find_path(EINC_XXHASH_INCLUDE xxhash.h)
mark_as_advanced(EINC_XXHASH_INCLUDE)
if(EINC_XXHASH_INCLUDE)
  add_library(xxHash::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(xxHash::headers SYSTEM INTERFACE ${EINC_XXHASH_INCLUDE})
else()
  einc_fetch_headers(xxHash TARGET xxHash::headers FOLDER . REPOSITORY https://github.com/Cyan4973/xxHash.git TAG v0.8.3)
endif()

if(EINC_CLI)
  find_package(CLI11 CONFIG QUIET)
  if(NOT TARGET CLI11::CLI11)
    einc_fetch_headers(CLI11 TARGET CLI11::CLI11 REPOSITORY https://github.com/CLIUtils/CLI11.git TAG v2.4.1)
  endif()
endif()

if(EINC_TESTS)
  # Neither major's version file accepts a request for the other. A package has its library for this system's processor alone,
  # but of 2.13 that is no more than a main function.
  if(NOT CMAKE_CROSSCOMPILING)
    find_package(Catch2 3 CONFIG QUIET)
  endif()
  if(NOT TARGET Catch2::Catch2WithMain)
    find_package(Catch2 2.13.9 CONFIG QUIET)
  endif()
  set(EINC_CATCH2 Catch2::Catch2WithMain)
  if(CMAKE_CROSSCOMPILING AND TARGET Catch2::Catch2WithMain)
    set(EINC_CATCH2 einc_catch_main)
    file(WRITE ${PROJECT_BINARY_DIR}/catch_main.cpp "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n")
    add_library(einc_catch_main STATIC EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/catch_main.cpp)
    target_link_libraries(einc_catch_main PUBLIC Catch2::Catch2)
  endif()
  if(NOT TARGET Catch2::Catch2WithMain)
    message(STATUS "einc: no Catch2 on this system; fetching v3.7.1")
    FetchContent_Declare(Catch2 SYSTEM GIT_REPOSITORY https://github.com/catchorg/Catch2.git GIT_TAG v3.7.1 GIT_SHALLOW ON)
    FetchContent_MakeAvailable(Catch2)
  endif()
endif()

if(EINC_METIS_FOUND)
  set(metis_found ${METIS_VERSION})
else()
  set(metis_found "absent: searches do without bisection")
endif()
set(fmt_how "")
if(NOT EINC_FMT_ONCE)
  set(fmt_how " (in every file: einc does not know where this release has its code)")
endif()
message(STATUS "einc: xsimd ${xsimd_VERSION}, xtensor ${xtensor_VERSION}, fmt ${fmt_VERSION}${fmt_how}, METIS ${metis_found}, Catch2 ${Catch2_VERSION}")
