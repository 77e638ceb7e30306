# SPDX-License-Identifier: GPL-3.0-or-later
# Large headers of others (LibTorch's, Qt's, GoogleTest's) are read once for each target instead of once for each source.
# Sources still include what they use: packaging/lint builds without.
option(ASSAYER_PRECOMPILE_HEADERS "Precompile the large headers of other libraries" ON)

# assayer_precompile(TARGET HEADER…)
function(assayer_precompile target)
  if(ASSAYER_PRECOMPILE_HEADERS)
    set(headers)
    foreach(header IN LISTS ARGN)
      # One of ours, from the root of the tree, or another library's.
      if(EXISTS ${PROJECT_SOURCE_DIR}/${header})
        list(APPEND headers ${PROJECT_SOURCE_DIR}/${header})
      else()
        list(APPEND headers <${header}>)
      endif()
    endforeach()
    target_precompile_headers(${target} PRIVATE ${headers})
  endif()
endfunction()
