#include "core/warning.h"

namespace fleethook::core {

json::Array warnings_value(const std::vector<Warning>& warnings) {
  json::Array array;
  array.reserve(warnings.size());
  for (const Warning& warning : warnings) {
    array.emplace_back(json::Object{{"field", warning.field ? json::Value(*warning.field) : json::Value()},
                                    {"code", warning.code},
                                    {"message", warning.message}});
  }
  return array;
}

}  // namespace fleethook::core
