#include "core/unknown_names.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "core/event_variables.h"
#include "core/integration_check.h"

namespace fleethook::core {
namespace {

constexpr std::size_t kCandidatesMax = 1000;    // of one event: more are no help, and each is compared
constexpr std::size_t kComparedBytesMax = 128;  // longer names are nobody's slip of the hand
constexpr std::size_t kFoundMax = 100;          // nobody reads more
constexpr std::size_t kListItemsMax = 1;        // whose names are candidates: those behind them are alike
constexpr std::string_view kResponseTemplate = "responseTemplate";

// "Temp-C", "temp_c" and "temp c" read alike.
std::string folded(std::string_view name) {
  std::string text = ascii_lower(name);
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return text;
}

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('.') + 1);  // npos + 1 = 0
}

// Letters to add, drop, replace, or swap with their neighbour. More than `most` is not told apart.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t longer = std::max(a.size(), b.size());
  if (longer - std::min(a.size(), b.size()) > most || longer > kComparedBytesMax) return most + 1;
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

// How far a candidate is from what was written; nullopt = something else.
std::optional<std::size_t> distance(const std::string& name, const std::string& candidate) {
  const std::string other = folded(candidate);
  if (name == other) return 0;
  const std::string_view end = last_part(name);
  const std::string_view other_end = last_part(other);
  if (!end.empty() && end == other_end) return 1;
  const std::size_t most = name.size() < 3 ? 0 : name.size() < 6 ? 1 : name.size() < 12 ? 2 : 3;
  if (const std::size_t letters = edit_distance(name, other, most); letters <= most) return 1 + letters;
  // A slip in the last part of a name at another level.
  if (end.size() < 5) return std::nullopt;
  const std::size_t letters = edit_distance(end, other_end, 1);
  return letters <= 1 ? std::optional<std::size_t>(5 + letters) : std::nullopt;
}

// The paths of everything in `value`; of a list those of its first item.
void add_paths(const json::Value& value, const std::string& prefix, std::vector<std::string>& paths) {
  if (paths.size() >= kCandidatesMax) return;
  const auto add = [&](const std::string& key, const json::Value& item) {
    const std::string path = prefix.empty() ? key : prefix + "." + key;
    paths.push_back(path);
    add_paths(item, path, paths);
  };
  if (value.is_object()) {
    for (const auto& [key, item] : value.as_object()) add(key, item);
  } else if (value.is_array()) {
    const json::Array& list = value.as_array();
    for (std::size_t i = 0; i < std::min(list.size(), kListItemsMax); ++i) add(std::to_string(i), list[i]);
  }
}

// Passes on, and notes what was not there.
class Watched final : public Variables {
 public:
  explicit Watched(const Variables& of) : Variables(of.work()), of_(of) {}
  const std::string* named(std::string_view name) const override { return of_.named(name); }
  const std::string* slot(std::size_t place, std::string_view name) const override { return of_.slot(place, name); }
  const json::Value* data() const override { return of_.data(); }
  void missing(std::string_view name) const override {
    if (names_.size() < kFoundMax && std::ranges::find(names_, name) == names_.end()) names_.emplace_back(name);
  }
  std::vector<std::string> take() { return std::exchange(names_, {}); }

 private:
  const Variables& of_;
  mutable std::vector<std::string> names_;
};

class Finder {
 public:
  Finder(const Variables& of,
         const DefinedNames& defined,
         const NamedValues& values,
         std::string_view where,
         const Limits& limits)
      : of_(of), watched_(of), defined_(defined), values_(values), where_(where), limits_(limits) {}

  void text(const std::string& field, const std::string& source) {
    if (source.find("{{") == std::string::npos || found_.size() >= kFoundMax || of_.work().is_over()) return;
    const auto compiled = compile_for_events(source, limits_);
    if (!compiled) return;
    std::string scratch;
    (void)compiled->render(watched_, scratch, limits_.rendered_body_bytes_max).ok();
    for (std::string& name : watched_.take()) add(field, std::move(name));
    for (std::string& name : compiled->inserted_names()) {
      if (is_without_value(name)) add(field, std::move(name));
    }
  }

  void variable(const std::string& field, const std::string& path) { text(field, "{{{" + path + "}}}"); }

  std::vector<UnknownName> take() { return std::move(found_); }

 private:
  // A selected secret or a variable that the integration may ask for, but that nobody gave a value.
  bool is_without_value(std::string_view name) const {
    if (is_variables_path(name)) {
      return name.size() > kVariablesPrefix.size() && values_.variable(name.substr(kVariablesPrefix.size())) == nullptr;
    }
    if (std::ranges::find(kPredefinedNames, name) != kPredefinedNames.end()) return false;
    const auto one = std::ranges::find(defined_, name, &DefinedName::name);
    return one != defined_.end() && !one->secret.empty() && values_.secret(one->secret) == nullptr;
  }

  void add(const std::string& field, std::string name) {
    const bool is_known =
        std::ranges::any_of(found_, [&](const UnknownName& one) { return one.field == field && one.name == name; });
    if (is_known || found_.size() >= kFoundMax) return;
    UnknownName one;
    one.near = nearest_name(name, candidates());
    one.message = std::string(where_) + " has no '" + name + "'";
    if (is_without_value(name)) {
      one.message = "'" + name + "' has no value here";
    } else if (!one.near.empty()) {
      one.message += "; did you mean '" + one.near + "'?";
    } else if (of_.data() == nullptr) {
      one.message += ": its data is no JSON object or list";
    }
    one.field = field;
    one.name = std::move(name);
    found_.push_back(std::move(one));
  }

  const std::vector<std::string>& candidates() {
    if (!candidates_.empty()) return candidates_;
    if (const json::Value* data = of_.data()) add_paths(*data, "", candidates_);
    for (const DefinedName& one : defined_) candidates_.push_back(one.name);
    for (const auto& [name, value] : values_.variables) candidates_.push_back(std::string(kVariablesPrefix) + name);
    candidates_.insert(candidates_.end(), kPredefinedNames.begin(), kPredefinedNames.end());
    return candidates_;
  }

  const Variables& of_;
  Watched watched_;
  const DefinedNames& defined_;
  const NamedValues& values_;
  std::string_view where_;
  const Limits& limits_;
  std::vector<std::string> candidates_;
  std::vector<UnknownName> found_;
};

bool is_of_reply(std::string_view field) {
  return field.starts_with(kResponseTemplate) &&
         (field.size() == kResponseTemplate.size() || field[kResponseTemplate.size()] == '.');
}

std::vector<UnknownName> find(const IntegrationConfig& config, Finder finder, bool of_reply) {
  for_each_template(config, {[&](const auto& field, const auto& source) {
                               if (is_of_reply(field) == of_reply) finder.text(field, source);
                             },
                             [&](const auto& field, const auto& path) {
                               if (is_of_reply(field) == of_reply) finder.variable(field, path);
                             }});
  return finder.take();
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string wanted = folded(name);
  const std::string* nearest = nullptr;
  std::size_t least = 0;
  for (const std::string& candidate : candidates) {
    if (candidate == name) continue;
    const auto far = distance(wanted, candidate);
    if (far && (nearest == nullptr || *far < least)) {
      nearest = &candidate;
      least = *far;
    }
  }
  return nearest != nullptr ? *nearest : std::string();
}

std::vector<UnknownName> unknown_names(const IntegrationConfig& config,
                                       const Event& event,
                                       const DeliveryFacts& facts,
                                       const Limits& limits) {
  const NamedValues& values = facts.values != nullptr ? *facts.values : NamedValues::none();
  const DefinedNames defined = defined_names(config);
  WorkBudget work(limits);
  const EventVariables variables(event, defined, values, facts.product_owner, limits, work);
  return find(config, Finder(variables, defined, values, "this event", limits), false);
}

std::vector<UnknownName> unknown_names_in_reply(const IntegrationConfig& config,
                                                const Event& event,
                                                const DeliveryFacts& facts,
                                                std::string_view reply_body,
                                                const Limits& limits) {
  if (!config.response_template) return {};
  const auto reply = json::parse(reply_body, limits.json_depth_max);
  if (!reply) return {};
  const NamedValues& values = facts.values != nullptr ? *facts.values : NamedValues::none();
  const DefinedNames defined = defined_names(config);
  WorkBudget work(limits);
  const EventVariables of_event(event, defined, values, facts.product_owner, limits, work);
  const ReplyVariables variables(of_event, *reply);
  return find(config, Finder(variables, defined, values, "this answer", limits), true);
}

}  // namespace fleethook::core
