# mensa::warnings: linked PRIVATE by every target of ours.
add_library(mensa_warnings INTERFACE)
add_library(mensa::warnings ALIAS mensa_warnings)
target_compile_options(mensa_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${MENSA_WERROR}>:-Werror>)

# g++ 12 takes std::string's own replace and insert for overlapping copies (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(mensa_warnings INTERFACE -Wno-restrict)
endif()

# In a unity build the files of one target see one another's names, and none of them is the main file.
if(CMAKE_UNITY_BUILD)
  target_compile_options(mensa_warnings INTERFACE -Wno-shadow)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(mensa_warnings INTERFACE -Wno-subobject-linkage)
  endif()
endif()
