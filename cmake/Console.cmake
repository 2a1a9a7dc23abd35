# fleethook_console: the table of the web console's files that the binary carries. tools/console.sh builds them with Node,
# once for all presets; with the option off the table is empty and no Node is needed.
option(FLEETHOOK_CONSOLE "Build the web console of console/ into the binary (needs node and npm)" ON)

function(fleethook_console)
  set(table ${CMAKE_BINARY_DIR}/console_table.cc)
  if(FLEETHOOK_CONSOLE)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/console/package.json)
      message(FATAL_ERROR "There is no console/package.json: the web console's source is missing. "
        "-DFLEETHOOK_CONSOLE=OFF builds a binary without the console.")
    endif()
    find_program(FLEETHOOK_NODE node)
    find_program(FLEETHOOK_NPM npm)
    if(NOT FLEETHOOK_NODE OR NOT FLEETHOOK_NPM)
      message(FATAL_ERROR "The web console is built with node and npm (Debian's packages nodejs and npm), which are not there. "
        "-DFLEETHOOK_CONSOLE=OFF builds a binary without the console.")
    endif()
    execute_process(COMMAND ${FLEETHOOK_NODE} --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REGEX REPLACE "^v" "" version "${version}")
    if(version VERSION_LESS 18)
      message(FATAL_ERROR "The web console needs Node 18 or later; ${FLEETHOOK_NODE} is ${version}. "
        "-DFLEETHOOK_CONSOLE=OFF builds a binary without the console.")
    endif()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/console/src/* ${PROJECT_SOURCE_DIR}/console/public/*)
    list(FILTER sources EXCLUDE REGEX "\\.test\\.")
    file(GLOB settings CONFIGURE_DEPENDS LIST_DIRECTORIES false ${PROJECT_SOURCE_DIR}/console/*)
    set(tools ${PROJECT_SOURCE_DIR}/tools/console.sh ${PROJECT_SOURCE_DIR}/tools/pack_console.mjs)
    add_custom_command(
      OUTPUT ${table}
      COMMAND ${PROJECT_SOURCE_DIR}/tools/console.sh embed ${table}
      DEPENDS ${sources} ${settings} ${tools}
      COMMENT "Building the web console"
      VERBATIM)
  else()
    file(CONFIGURE OUTPUT ${table} CONTENT "#include \"console_files/console_files.h\"
fleethook::console_files::Table fleethook::console_files::embedded() { return {}; }
")
  endif()
  add_library(fleethook_console STATIC ${table})
  target_link_libraries(fleethook_console PUBLIC fleethook_options)
endfunction()
