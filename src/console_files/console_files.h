// The files of the web console as bytes in the binary: a table that the composition root gives to the API. Whoever
// serves them needs only these types; the table itself is made by the build (cmake/Console.cmake).
#pragma once
#include <span>
#include <string_view>

namespace fleethook::console_files {

// All text lasts as long as the process.
struct File {
  std::string_view path;  // "/index.html", "/assets/index-4f2a.js"
  std::string_view type;  // of the content: "text/html; charset=utf-8"
  std::string_view etag;  // a hash of the content, without quotes
  bool immutable;         // another content has another path, so it may be kept for good
  std::string_view identity;
  std::string_view br, gzip;  // compressed beforehand; empty where that is no smaller
};

using Table = std::span<const File>;  // sorted by path

// nullptr when there is none.
const File* find(Table table, std::string_view path);

// What this binary carries; empty when it was built without the console.
Table embedded();

}  // namespace fleethook::console_files
