# layering.cmake - core <- proto <- daemon: nothing points the other way.
#
#   cmake -D MODE=symbols  -D NM=nm -D CORE=libouro.a -D PROTO=libouro_proto.a
#   cmake -D MODE=includes -D SOURCE=checkout
#   cmake -D MODE=self_test -D NM=nm -D CC=cc -D WORK=directory
#     each with -P tests/layering.cmake
#
# The self test breaks every rule once and fails when that goes unseen.
cmake_minimum_required(VERSION 3.22)

set(sockets "socket|socketpair|bind|listen|accept4?|connect|shutdown|getaddrinfo|send|sendto|sendmsg|recv|recvfrom|recvmsg|epoll_[a-z0-9_]+|poll|ppoll|select")
set(not_in_core "^(uv_.*|lws_.*|json_.*|sd_.*|pthread_create|thrd_create|${sockets})$")
set(not_in_proto "^(uv_.*|lws_.*|sd_.*|pthread_create|thrd_create|${sockets})$")
set(daemon_parts doors sessions history metrics hosted)
set(network_headers "uv|libwebsockets|systemd/.*|sys/(socket|un|epoll)|netinet/.*|arpa/.*|netdb|poll|pthread|threads")

# The names that `file` needs from elsewhere and its layer must not use.
function(forbidden_symbols file pattern ret)
  execute_process(COMMAND ${NM} -u ${file} OUTPUT_VARIABLE text
    RESULT_VARIABLE status ERROR_VARIABLE errors)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${NM} ${file}: ${errors}")
  endif()
  string(REGEX MATCHALL "[ \t]U [^ \t\r\n]+" needed "${text}")
  set(found "")
  foreach(line IN LISTS needed)
    string(REGEX REPLACE "^[ \t]U ([^@]+).*$" "\\1" symbol "${line}")
    if(symbol MATCHES "${pattern}")
      list(APPEND found "${file}: needs ${symbol}")
    endif()
  endforeach()
  set(${ret} "${found}" PARENT_SCOPE)
endfunction()

# Includes under `folder` that leave it for anything but `others` (folders whose
# headers may be named) or a system header that does not match `refused`.
function(forbidden_includes folder others refused ret)
  file(GLOB_RECURSE sources RELATIVE ${folder} ${folder}/*.c ${folder}/*.h)
  set(found "")
  foreach(source IN LISTS sources)
    file(STRINGS ${folder}/${source} lines REGEX "^[ \t]*#[ \t]*include")
    get_filename_component(beside ${folder}/${source} DIRECTORY)
    foreach(line IN LISTS lines)
      if(NOT line MATCHES "include[ \t]*([<\"])([^>\"]+)[>\"]")
        continue()
      endif()
      set(mark "${CMAKE_MATCH_1}")
      set(header "${CMAKE_MATCH_2}")
      if(mark STREQUAL "\"")
        set(known FALSE)
        foreach(place ${beside} ${folder} ${others})
          get_filename_component(path ${place}/${header} ABSOLUTE)
          foreach(allowed ${folder} ${others})
            string(FIND "${path}" "${allowed}/" position)
            if(position EQUAL 0 AND EXISTS ${path})
              set(known TRUE)
            endif()
          endforeach()
        endforeach()
        if(NOT known)
          list(APPEND found "${folder}/${source}: includes \"${header}\"")
        endif()
      elseif(header MATCHES "^(${refused})\\.h$")
        list(APPEND found "${folder}/${source}: includes <${header}>")
      endif()
    endforeach()
  endforeach()
  set(${ret} "${found}" PARENT_SCOPE)
endfunction()

# Files under `folder` that include libwebsockets.h without being allowed to.
function(forbidden_lws folder ret)
  file(GLOB_RECURSE sources RELATIVE ${folder} ${folder}/*.c ${folder}/*.h)
  set(found "")
  foreach(source IN LISTS sources)
    file(STRINGS ${folder}/${source} lines REGEX "include[ \t]*<libwebsockets\\.h>")
    if(lines AND NOT source MATCHES "^(doors/(server_lws|connection_lws|request_headers)|ctl/client_lws)\\.[ch]$")
      list(APPEND found "${folder}/${source}: includes <libwebsockets.h>")
    endif()
  endforeach()
  set(${ret} "${found}" PARENT_SCOPE)
endfunction()

function(all_forbidden_includes source ret)
  set(public ${source}/core/include)
  forbidden_includes(${source}/core "${public}" "${network_headers}|jansson" core)
  forbidden_includes(${source}/proto "${public}" "${network_headers}" proto)
  # The daemon's own folders are one layer.
  list(TRANSFORM daemon_parts PREPEND ${source}/daemon/ OUTPUT_VARIABLE parts)
  forbidden_includes(${source}/daemon "${parts};${source}/proto;${public}" "" daemon)
  forbidden_lws(${source}/daemon lws)
  set(${ret} ${core} ${proto} ${daemon} ${lws} PARENT_SCOPE)
endfunction()

function(refuse found)
  if(found)
    list(JOIN found "\n  " text)
    message(FATAL_ERROR "the layers are broken:\n  ${text}")
  endif()
endfunction()

# One broken rule, which must be reported as `expected`.
function(expect_reported found expected)
  list(LENGTH found count)
  if(NOT count EQUAL 1 OR NOT "${found}" MATCHES "${expected}")
    message(FATAL_ERROR "expected exactly '${expected}', reported: '${found}'")
  endif()
endfunction()

if(MODE STREQUAL "symbols")
  forbidden_symbols(${CORE} "${not_in_core}" core)
  forbidden_symbols(${PROTO} "${not_in_proto}" proto)
  set(found ${core} ${proto})
  refuse("${found}")
elseif(MODE STREQUAL "includes")
  all_forbidden_includes(${SOURCE} found)
  refuse("${found}")
elseif(MODE STREQUAL "self_test")
  foreach(symbol uv_run lws_service json_loads socket accept4 pthread_create)
    file(WRITE ${WORK}/inject.c
      "void ${symbol}(void);\nvoid f(void);\nvoid f(void) { ${symbol}(); }\n")
    execute_process(COMMAND ${CC} -w -fno-builtin -c ${WORK}/inject.c -o ${WORK}/inject.o
      COMMAND_ERROR_IS_FATAL ANY)
    forbidden_symbols(${WORK}/inject.o "${not_in_core}" found)
    expect_reported("${found}" "needs ${symbol}")
  endforeach()

  set(cases
    "core/a.c|<uv.h>" "core/a.c|<jansson.h>" "core/a.c|<sys/socket.h>"
    "core/a.c|\"proto.h\"" "core/a.h|\"../proto/proto.h\""
    "proto/a.c|<uv.h>" "proto/a.h|\"hub.h\"" "proto/a.c|\"heap_private.h\""
    "daemon/sessions/hub.c|<libwebsockets.h>" "daemon/a.c|\"heap_private.h\"")
  foreach(case IN LISTS cases)
    string(REPLACE "|" ";" case "${case}")
    list(GET case 0 path)
    list(GET case 1 header)
    file(REMOVE_RECURSE ${WORK}/tree)
    file(WRITE ${WORK}/tree/core/heap_private.h "#include \"ouro/gc.h\"\n")
    file(WRITE ${WORK}/tree/core/include/ouro/gc.h "#include <stdint.h>\n")
    file(WRITE ${WORK}/tree/proto/proto.h "#include <jansson.h>\n#include <ouro/gc.h>\n")
    file(WRITE ${WORK}/tree/daemon/sessions/hub.h "#include <uv.h>\n#include \"proto.h\"\n")
    file(WRITE ${WORK}/tree/daemon/doors/server_lws.c "#include <libwebsockets.h>\n")
    all_forbidden_includes(${WORK}/tree found)
    refuse("${found}")
    file(WRITE ${WORK}/tree/${path} "#include ${header}\n")
    all_forbidden_includes(${WORK}/tree found)
    string(REGEX REPLACE "[<>\"]" "." header "${header}")
    expect_reported("${found}" "${path}: includes ${header}")
  endforeach()
else()
  message(FATAL_ERROR "MODE is symbols, includes or self_test")
endif()
