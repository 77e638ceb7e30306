# SPDX-License-Identifier: GPL-3.0-or-later
# One place for what every target of ours is compiled with.
add_library(assayer_options INTERFACE)
target_compile_features(assayer_options INTERFACE cxx_std_23)
target_include_directories(assayer_options INTERFACE ${PROJECT_SOURCE_DIR})
# -Wnull-dereference is left out: GCC 12 sees null pointers inside std::string and std::vector that are none.
target_compile_options(
  assayer_options
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wcast-align
            -Wextra-semi)
if(ASSAYER_WARNINGS_AS_ERRORS)
  target_compile_options(assayer_options INTERFACE -Werror)
endif()
if(ASSAYER_ASSERTIONS)
  target_compile_options(assayer_options INTERFACE -UNDEBUG)
endif()
if(ASSAYER_SANITIZE)
  # -Wmaybe-uninitialized misfires in code that the sanitizers instrument (GCC 12).
  target_compile_options(
    assayer_options INTERFACE -fsanitize=${ASSAYER_SANITIZE} -fno-omit-frame-pointer -Wno-maybe-uninitialized)
  target_link_options(assayer_options INTERFACE -fsanitize=${ASSAYER_SANITIZE})
endif()
