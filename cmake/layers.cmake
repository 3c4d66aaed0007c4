# layers.cmake: turns folders of sources into the layers, the library and its tool.

# The sources below some folders, in a stable order; looked for again at every build.
function(einc_sources result)
  set(all "")
  foreach(folder ${ARGN})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
    list(APPEND all ${found})
  endforeach()
  list(SORT all)
  set(${result} ${all} PARENT_SCOPE)
endfunction()

# Lets a target include by the project's own paths: <einc/...>, "ir/...", "runtime/...".
function(einc_private_includes target)
  target_include_directories(${target} PRIVATE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include ${PROJECT_SOURCE_DIR}/compiler ${PROJECT_SOURCE_DIR}/src)
endfunction()

# One object library a layer, so that flags and dependencies of one cannot reach another.
function(einc_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;USES")
  einc_sources(sources ${arg_FOLDERS})
  if(NOT sources)
    return()
  endif()
  add_library(einc_${name} OBJECT ${sources})
  einc_private_includes(einc_${name})
  set_target_properties(einc_${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(einc_${name} PRIVATE einc_build_flags ${arg_USES})
  set_property(GLOBAL APPEND PROPERTY EINC_LAYERS einc_${name})
endfunction()

# The library that users link: all layers in one file.
function(einc_library)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/version.hpp.in ${PROJECT_BINARY_DIR}/include/einc/version.hpp @ONLY)
  get_property(layers GLOBAL PROPERTY EINC_LAYERS)
  set(objects "")
  foreach(layer ${layers})
    list(APPEND objects $<TARGET_OBJECTS:${layer}>)
  endforeach()
  if(NOT objects)
    message(FATAL_ERROR "no sources under compiler/ or src/: the source tree is incomplete")
  endif()
  add_library(einc ${objects})
  add_library(einc::einc ALIAS einc)
  set_target_properties(einc PROPERTIES LINKER_LANGUAGE CXX VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(einc PUBLIC cxx_std_20)
  target_include_directories(einc PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  if(TARGET OpenMP::OpenMP_CXX AND EINC_THREADED)
    target_link_libraries(einc PRIVATE OpenMP::OpenMP_CXX)
  endif()
  target_link_libraries(einc PRIVATE Threads::Threads)
  if(EINC_METIS_FOUND)
    target_link_libraries(einc PRIVATE METIS::METIS)
  endif()

  # For those who include <einc/xtensor.hpp>: einc and the xtensor found here.
  add_library(einc_xtensor INTERFACE)
  add_library(einc::xtensor ALIAS einc_xtensor)
  target_link_libraries(einc_xtensor INTERFACE einc xtensor)
endfunction()

# The command-line tool. All of it but the file with `main` is an object library, so that tests can call its functions.
function(einc_tool)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "USES")
  einc_sources(sources src/cli)
  set(main ${PROJECT_SOURCE_DIR}/src/cli/tool.cpp)
  if(NOT main IN_LIST sources)
    return()
  endif()
  list(REMOVE_ITEM sources ${main})
  add_library(einc_cli_parts OBJECT ${sources})
  add_executable(einc_cli ${main})
  foreach(target einc_cli_parts einc_cli)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(${target} PRIVATE einc_build_flags einc ${arg_USES})
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  endforeach()
  target_link_libraries(einc_cli PRIVATE $<TARGET_OBJECTS:einc_cli_parts>)
  set_target_properties(einc_cli PROPERTIES OUTPUT_NAME einc RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
