// The web console's files as answers: which paths are the console's, in which encoding, and what browsers may do with
// them. Pure: table and request in, answer out. Runs on the loop; file bytes are not copied.
#pragma once
#include <optional>

#include "console_files/console_files.h"
#include "http/message.h"

namespace fleethook::api {

// For a GET or HEAD that no route takes. A path with a file gives the file. Any other path gives the page of the
// console, which reads the address itself, if the client takes HTML and the path is not one of those of the API or of
// hashed files. nullopt: the path is not the console's.
std::optional<http::Response> console_answer(console_files::Table files, const http::Request& request);

}  // namespace fleethook::api
