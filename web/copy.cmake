# copy.cmake - fills the served directory: our FILES from SOURCE, what vendor.txt names
# from MODULES, and a .gz beside each. A file that is missing ends the build; a file
# that nobody names any more goes.
cmake_minimum_required(VERSION 3.22)

set(wanted ${FILES})
foreach(file IN LISTS FILES)
  configure_file(${SOURCE}/${file} ${TARGET}/${file} COPYONLY)
endforeach()

file(STRINGS ${SOURCE}/vendor.txt lines REGEX "^[^#]")
foreach(line IN LISTS lines)
  if(NOT line MATCHES "^([^ ]+) +([^ ]+) *([^ ]*)$")
    message(FATAL_ERROR "vendor.txt: not \"source target [variable]\": ${line}")
  endif()
  set(from ${MODULES}/${CMAKE_MATCH_1})
  set(to ${CMAKE_MATCH_2})
  set(variable ${CMAKE_MATCH_3})
  if(NOT EXISTS ${from})
    message(FATAL_ERROR "vendor.txt names ${CMAKE_MATCH_1}, which the package does not have")
  endif()
  configure_file(${from} ${TARGET}/${to} COPYONLY)
  if(variable)
    file(APPEND ${TARGET}/${to} "\nexport default ${variable};\n")
  endif()
  list(APPEND wanted ${to})
endforeach()

# -n keeps name and time out of the result, so that equal files give equal bytes.
foreach(file IN LISTS wanted)
  execute_process(COMMAND ${GZIP} -n -9 -k -f ${TARGET}/${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(GLOB_RECURSE present RELATIVE ${TARGET} ${TARGET}/*)
foreach(file IN LISTS present)
  string(REGEX REPLACE "\\.gz$" "" plain ${file})
  if(NOT plain IN_LIST wanted)
    file(REMOVE ${TARGET}/${file})
  endif()
endforeach()
