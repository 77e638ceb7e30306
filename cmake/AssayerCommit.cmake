# SPDX-License-Identifier: GPL-3.0-or-later
# ASSAYER_COMMIT: the commit that is built, "unknown" outside a checkout.
set(ASSAYER_COMMIT "unknown")
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(
    COMMAND ${GIT_EXECUTABLE} rev-parse --short=12 HEAD
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    OUTPUT_VARIABLE ASSAYER_GIT_HEAD
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(ASSAYER_GIT_HEAD)
    set(ASSAYER_COMMIT ${ASSAYER_GIT_HEAD})
  endif()
  if(EXISTS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
    # A new commit configures again, which rebuilds what names it alone.
    set_property(
      DIRECTORY
      APPEND
      PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/.git/logs/HEAD)
  endif()
endif()
