# One INTERFACE target that every target of ours links: warnings, sanitizers, linker, and the Asio switches.
set(FLEETHOOK_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread or empty")
option(FLEETHOOK_WERROR "Warnings are errors" OFF)
option(FLEETHOOK_FUZZ "Build tests/fuzz with libFuzzer (clang)" OFF)

add_library(fleethook_options INTERFACE)
target_compile_options(fleethook_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -fpch-preprocess lets ccache see through precompiled headers. g++ 12 reports maybe-uninitialized falsely in std::variant and
  # std::optional as soon as it optimises; valgrind and the sanitizers see the real ones.
  target_compile_options(fleethook_options INTERFACE
    -Wduplicated-cond -Wlogical-op -Wsuggest-override -Wno-maybe-uninitialized -fpch-preprocess)
endif()
if(FLEETHOOK_WERROR)
  target_compile_options(fleethook_options INTERFACE -Werror)
endif()
if(FLEETHOOK_SANITIZE)
  target_compile_options(fleethook_options INTERFACE -fsanitize=${FLEETHOOK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(fleethook_options INTERFACE -fsanitize=${FLEETHOOK_SANITIZE})
endif()
if(FLEETHOOK_FUZZ)
  target_compile_options(fleethook_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_compile_definitions(fleethook_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_CO_AWAIT BOOST_ASIO_DISABLE_FENCED_BLOCK
  SPDLOG_FMT_EXTERNAL
  FLEETHOOK_VERSION="${PROJECT_VERSION}")
target_include_directories(fleethook_options INTERFACE ${PROJECT_SOURCE_DIR}/src)

find_program(FLEETHOOK_MOLD mold)
if(FLEETHOOK_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(fleethook_options INTERFACE -fuse-ld=mold)
endif()

# Two precompiled headers: the standard library, and the same with gtest and gmock.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch_empty.cc CONTENT "\n")  # rewritten only when it differs
add_library(fleethook_pch OBJECT ${CMAKE_BINARY_DIR}/pch_empty.cc)
target_link_libraries(fleethook_pch PRIVATE fleethook_options Threads::Threads)
target_precompile_headers(fleethook_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch_std.h)
if(BUILD_TESTING)
  add_library(fleethook_pch_test OBJECT ${CMAKE_BINARY_DIR}/pch_empty.cc)
  target_link_libraries(fleethook_pch_test PRIVATE fleethook_options GTest::gmock Threads::Threads)
  target_precompile_headers(fleethook_pch_test PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch_test.h)
endif()
