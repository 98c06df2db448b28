# mensa_add_library(FOLDER): the static library mensa::FOLDER of one top-level folder. Its sources
# and what it links are named in that folder's CMakeLists.txt. Includes start at the repository root.
function(mensa_add_library folder)
  add_library(mensa_${folder} STATIC CMakeLists.txt)  # the list itself, so that a folder may be new
  add_library(mensa::${folder} ALIAS mensa_${folder})
  set_target_properties(mensa_${folder} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(mensa_${folder} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(mensa_${folder} PRIVATE mensa::warnings)
endfunction()
