# kernels.cmake: how kernel files are compiled. The only place where a flag names an instruction set.
if(NOT TARGET einc_kernels)
  return()
endif()

# Unoptimised vector code keeps its accumulators in memory and leaves copies of inline functions behind, which the
# linker could take for everyone's. So kernels are optimised in every configuration, after the configuration's own flags.
target_compile_options(einc_kernels PRIVATE -O3 -DNDEBUG -fvisibility=hidden -fno-math-errno -fno-trapping-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # its own headers of AVX-512 begin with registers that nobody has set (GCC bug 105593)
  target_compile_options(einc_kernels PRIVATE -Wno-maybe-uninitialized)
endif()
set_target_properties(einc_kernels PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)

# Unrolled tiles are thousands of accesses: checked one by one in line, they take minutes and gigabytes to compile.
# So under the address sanitizer they are checked by calls, registers spilled to the stack are not, and the
# undefined-behaviour sanitizer leaves the kernels out. What a kernel reads and writes of an array is still checked.
if(EINC_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(einc_kernels PRIVATE -g1 -fno-sanitize=undefined
    --param=asan-instrumentation-with-call-threshold=0 --param=asan-stack=0)
elseif(EINC_SANITIZE MATCHES "address")
  target_compile_options(einc_kernels PRIVATE -g1 -fno-sanitize=undefined
    "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0" "SHELL:-mllvm -asan-stack=0")
endif()

# Only xsimd's headers: its target would also switch on its support for xtl's complex numbers.
target_include_directories(einc_kernels SYSTEM PRIVATE $<TARGET_PROPERTY:xsimd,INTERFACE_INCLUDE_DIRECTORIES>)

set(EINC_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c)
set(EINC_ISA_FLAGS_avx512 -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND EINC_ISA_FLAGS_avx512 -Wno-uninitialized)
endif()
set(EINC_ISA_FLAGS_avx512vnni ${EINC_ISA_FLAGS_avx512} -mavx512vnni)
set(EINC_ISA_FLAGS_avx512bf16 ${EINC_ISA_FLAGS_avx512} -mavx512bf16)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(EINC_ISAS avx2 avx512 avx512vnni avx512bf16)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(EINC_ISAS neon)
else()
  set(EINC_ISAS "")
endif()

# What is seldom computed, or on few machines, is worth no third of the time that kernels take to compile: semirings, and everything of the baseline.
set(EINC_LESS_OPTIMISED -O2)

foreach(isa avx2 avx512 avx512vnni avx512bf16 neon)
  foreach(part "" _integers _complex _semirings)
    set(file ${PROJECT_SOURCE_DIR}/src/kernels/isa_${isa}${part}.cpp)
    set(flags ${EINC_ISA_FLAGS_${isa}})
    if(part STREQUAL "_semirings")
      list(APPEND flags ${EINC_LESS_OPTIMISED})
    endif()
    if(NOT isa IN_LIST EINC_ISAS)
      set_source_files_properties(${file} PROPERTIES HEADER_FILE_ONLY ON)
    elseif(flags)
      set_source_files_properties(${file} PROPERTIES COMPILE_OPTIONS "${flags}")
    endif()
  endforeach()
endforeach()
foreach(part "" _integers _complex _semirings)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/isa_baseline${part}.cpp PROPERTIES COMPILE_OPTIONS "${EINC_LESS_OPTIMISED}")
endforeach()
