# install.cmake: the library, its headers, the tool, and the package that find_package(einc) reads.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/einc)
install(TARGETS einc EXPORT einc-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/einc ${PROJECT_BINARY_DIR}/include/einc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT einc-targets NAMESPACE einc:: DESTINATION ${package_dir})
if(TARGET einc_mpi)  # a set of its own: who has no MPI reads only the other
  install(TARGETS einc_mpi EXPORT einc-mpi-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(EXPORT einc-mpi-targets NAMESPACE einc:: DESTINATION ${package_dir})
endif()
if(TARGET einc_cli)
  install(TARGETS einc_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(DIRECTORY benchmarks/cases DESTINATION ${CMAKE_INSTALL_DATADIR}/einc OPTIONAL)
endif()

get_target_property(einc_type einc TYPE)
configure_package_config_file(cmake/einc-config.cmake.in ${PROJECT_BINARY_DIR}/einc-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/einc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/einc-config.cmake ${PROJECT_BINARY_DIR}/einc-config-version.cmake DESTINATION ${package_dir})
if(EINC_METIS_FOUND AND einc_type STREQUAL STATIC_LIBRARY)
  install(FILES cmake/FindMETIS.cmake DESTINATION ${package_dir})
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
