# Read by CMake right after project() of llama-cpp-python: what is built, and how, beyond its options.

# an ordinary variable goes before the cached one, to which the package's own CMakeLists gives no
# choice; it spares the code of llama.cpp's programs, a third of the time
set(LLAMA_BUILD_COMMON OFF)

function(nowprint_adjust)
  # 156 small files, one for each architecture of models, that all read the same large headers: a dozen
  # at a time they take a fourth of the time
  get_target_property(sources llama SOURCES)
  list(FILTER sources INCLUDE REGEX "models/.*[.]cpp$")
  set(count 0)
  foreach(source ${sources})
    math(EXPR group "${count} / 12")
    math(EXPR count "${count} + 1")
    set_source_files_properties(${source} TARGET_DIRECTORY llama PROPERTIES UNITY_GROUP models${group})
  endforeach()
  set_target_properties(llama PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)

  # the variant with AMX is not shipped (portable_wheels.py says why), and the longest to compile
  if(TARGET ggml-cpu-sapphirerapids)
    file(WRITE ${CMAKE_BINARY_DIR}/nothing.cpp "")
    set_target_properties(ggml-cpu-sapphirerapids PROPERTIES SOURCES ${CMAKE_BINARY_DIR}/nothing.cpp)
  endif()

  if(TARGET ggml-vulkan)
    target_compile_options(ggml-vulkan PRIVATE
      $<IF:$<CXX_COMPILER_ID:MSVC>,/FI,-include>${NOWPRINT_VULKAN_DECLARATIONS})
  endif()
endfunction()

cmake_language(DEFER CALL nowprint_adjust) # at the end, when the targets are there
