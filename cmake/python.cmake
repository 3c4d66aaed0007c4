# python.cmake: the module einc._einc beside the package's own files, as `pip install .` builds and installs them.
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module NumPy)
execute_process(COMMAND ${Python_EXECUTABLE} -m nanobind --cmake_dir OUTPUT_STRIP_TRAILING_WHITESPACE OUTPUT_VARIABLE nanobind_ROOT)
find_package(nanobind CONFIG REQUIRED)

einc_sources(sources src/python)
nanobind_add_module(einc_python NB_STATIC NOMINSIZE ${sources})
set_target_properties(einc_python PROPERTIES OUTPUT_NAME _einc CXX_EXTENSIONS OFF LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/python/einc)
target_include_directories(einc_python PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_include_directories(einc_python SYSTEM PRIVATE ${Python_NumPy_INCLUDE_DIRS})
target_link_libraries(einc_python PRIVATE einc einc_fmt)
target_compile_features(einc_python PRIVATE cxx_std_20)
# Of the build's flags all but those that nanobind's headers and numpy's macros are not written for.
target_compile_options(einc_python PRIVATE -Wall -Wextra -Wno-cast-function-type $<$<BOOL:${EINC_WERROR}>:-Werror>)

# The package in the build folder, for tests: PYTHONPATH=<build>/python.
file(GLOB_RECURSE package_files CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/src/python/einc
  ${PROJECT_SOURCE_DIR}/src/python/einc/*.py ${PROJECT_SOURCE_DIR}/src/python/einc/*.pyi ${PROJECT_SOURCE_DIR}/src/python/einc/py.typed)
foreach(file ${package_files})
  configure_file(${PROJECT_SOURCE_DIR}/src/python/einc/${file} ${PROJECT_BINARY_DIR}/python/einc/${file} COPYONLY)
endforeach()
install(TARGETS einc_python LIBRARY DESTINATION einc COMPONENT python)
