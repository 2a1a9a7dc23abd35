#include "stream/filter.h"

#include "base/text.h"
#include "json/value.h"

namespace fleethook::stream {

bool Filter::matches(const core::Event& event, std::string_view publisher, const core::OrganizationId& of) const {
  if (!event.name.starts_with(prefix)) return false;
  if (!product.is_none() && event.product != product) return false;
  if (!organization.is_none() && of != organization) return false;
  if (!owner.is_none() && event.owner != owner) return false;
  if (!device.empty() && publisher != device) return false;
  return !still_reached || event.product.is_none() || still_reached(event.product, publisher);
}

std::string wire_format(const core::Event& event) {
  std::string out;
  out.reserve(160 + event.name.size() + (event.data ? event.data->size() : 0));
  out += "event: ";
  // Names were checked where they came in; here nothing can make a second line, whatever it is given.
  if (has_hidden_characters(event.name)) {
    out += replace_hidden_characters(event.name, '_');
  } else {
    out += event.name;
  }
  out += "\ndata: {\"data\":";
  if (event.data) {
    json::append_quoted(*event.data, out);
  } else {
    out += "null";
  }
  out += ",\"ttl\":";
  out += std::to_string(event.ttl_s);
  out += ",\"published_at\":\"";
  append_iso8601(event.published_at, out);
  out += "\",\"coreid\":";
  json::append_quoted(event.publisher, out);
  if (!event.owner.is_none()) {
    out += ",\"userid\":\"";
    out += event.owner.str();
    out += '"';
  }
  if (!event.device.firmware_version.empty()) {
    out += ",\"version\":";
    json::append_quoted(event.device.firmware_version, out);
  }
  if (!event.product.is_none()) {
    out += ",\"productID\":";
    out += std::to_string(event.product.value);
  }
  out += "}\n\n";
  return out;
}

}  // namespace fleethook::stream
