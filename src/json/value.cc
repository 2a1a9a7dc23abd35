#include "json/value.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/assert.h"

namespace fleethook::json {
namespace {

constexpr std::size_t kLinearMax = 16;

using Index = std::vector<std::uint32_t>;

// Positions ordered by key; equal keys in the order of the text.
Index sorted_positions(const std::vector<Member>& members) {
  Index index(members.size());
  std::iota(index.begin(), index.end(), std::uint32_t{0});
  std::sort(index.begin(), index.end(), [&members](std::uint32_t a, std::uint32_t b) {
    const int order = members[a].first.compare(members[b].first);
    return order != 0 ? order < 0 : a < b;
  });
  return index;
}

Index::const_iterator lower_bound(const Index& index, const std::vector<Member>& members, std::string_view key) {
  return std::lower_bound(index.begin(), index.end(), key, [&members](std::uint32_t position, std::string_view k) {
    return members[position].first < k;
  });
}

// Gives the first of equal keys the value of the last and drops the others.
void merge_few(std::vector<Member>& members) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::size_t at = 0;
    while (at < kept && members[at].first != members[i].first) ++at;
    if (at == kept) {
      if (kept != i) members[kept] = std::move(members[i]);
      ++kept;
    } else {
      members[at].second = std::move(members[i].second);
    }
  }
  members.resize(kept);
}

// The same in n log n; returns whether anything was dropped, in which case `index` is stale.
bool merge_many(std::vector<Member>& members, const Index& index) {
  std::vector<bool> dropped(members.size(), false);
  bool any = false;
  for (std::size_t i = 0; i + 1 < index.size();) {
    const std::uint32_t first = index[i];
    std::size_t end = i + 1;
    while (end < index.size() && members[index[end]].first == members[first].first) dropped[index[end++]] = true;
    if (end - i > 1) {
      members[first].second = std::move(members[index[end - 1]].second);
      any = true;
    }
    i = end;
  }
  if (!any) return false;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (dropped[i]) continue;
    if (kept != i) members[kept] = std::move(members[i]);
    ++kept;
  }
  members.resize(kept);
  return true;
}

// Exact, where casting the int to double would make 2^53 and 2^53+1 equal.
bool same_number(std::int64_t whole, double number) {
  if (!(number >= -0x1p63 && number < 0x1p63) || number != std::trunc(number)) return false;
  return static_cast<std::int64_t>(number) == whole;
}

}  // namespace

Object::Object() = default;
Object::Object(std::initializer_list<Member> members) : Object(of(members)) {}
Object::Object(const Object& other)
    : members_(other.members_), index_(other.index_ ? std::make_unique<Index>(*other.index_) : nullptr) {}
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object& other) {
  if (this != &other) *this = Object(other);
  return *this;
}
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

Object Object::of(std::vector<Member> members) {
  Object object;
  object.members_ = std::move(members);
  if (object.members_.size() <= kLinearMax) {
    merge_few(object.members_);
    return object;
  }
  Index index = sorted_positions(object.members_);
  if (merge_many(object.members_, index)) index = sorted_positions(object.members_);
  if (object.members_.size() > kLinearMax) object.index_ = std::make_unique<Index>(std::move(index));
  return object;
}

const Value* Object::find(std::string_view key) const {
  if (index_) {
    const auto at = lower_bound(*index_, members_, key);
    return at != index_->end() && members_[*at].first == key ? &members_[*at].second : nullptr;
  }
  for (const Member& member : members_) {
    if (member.first == key) return &member.second;
  }
  return nullptr;
}

Value* Object::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

Value& Object::operator[](std::string_view key) {
  if (Value* value = find(key)) return *value;
  members_.emplace_back(std::string(key), Value());
  if (index_) {
    const auto position = static_cast<std::uint32_t>(members_.size() - 1);
    index_->insert(lower_bound(*index_, members_, key), position);
  } else if (members_.size() > kLinearMax) {
    index_ = std::make_unique<Index>(sorted_positions(members_));
  }
  return members_.back().second;
}

void Object::set(std::string_view key, Value value) {
  (*this)[key] = std::move(value);
}

bool Object::erase(std::string_view key) {
  const Value* value = find(key);
  if (value == nullptr) return false;
  const auto at = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return &m.second == value; });
  members_.erase(at);
  if (index_) *index_ = sorted_positions(members_);
  if (members_.size() <= kLinearMax) index_.reset();
  return true;
}

std::size_t Object::size() const {
  return members_.size();
}
std::vector<Member>::const_iterator Object::begin() const {
  return members_.begin();
}
std::vector<Member>::const_iterator Object::end() const {
  return members_.end();
}
std::vector<Member>::iterator Object::begin() {
  return members_.begin();
}
std::vector<Member>::iterator Object::end() {
  return members_.end();
}

bool Object::operator==(const Object& other) const {
  if (size() != other.size()) return false;
  return std::all_of(begin(), end(), [&other](const Member& member) {
    const Value* value = other.find(member.first);
    return value != nullptr && *value == member.second;
  });
}

bool Value::as_bool() const {
  FLEETHOOK_ASSERT(is_bool());
  return *std::get_if<bool>(&data_);
}

std::int64_t Value::as_int() const {
  FLEETHOOK_ASSERT(is_int());
  return *std::get_if<std::int64_t>(&data_);
}

double Value::as_double() const {
  FLEETHOOK_ASSERT(is_number());
  if (is_int()) return static_cast<double>(as_int());
  return *std::get_if<double>(&data_);
}

const std::string& Value::as_string() const {
  FLEETHOOK_ASSERT(is_string());
  return *std::get_if<std::string>(&data_);
}

const Array& Value::as_array() const {
  FLEETHOOK_ASSERT(is_array());
  return *std::get_if<Array>(&data_);
}

Array& Value::as_array() {
  FLEETHOOK_ASSERT(is_array());
  return *std::get_if<Array>(&data_);
}

const Object& Value::as_object() const {
  FLEETHOOK_ASSERT(is_object());
  return *std::get_if<Object>(&data_);
}

Object& Value::as_object() {
  FLEETHOOK_ASSERT(is_object());
  return *std::get_if<Object>(&data_);
}

const Value* Value::find(std::string_view key) const {
  const Object* object = std::get_if<Object>(&data_);
  return object != nullptr ? object->find(key) : nullptr;
}

bool Value::operator==(const Value& other) const {
  if (is_int() && other.kind() == Kind::kDouble) return same_number(as_int(), other.as_double());
  if (kind() == Kind::kDouble && other.is_int()) return same_number(other.as_int(), as_double());
  return data_ == other.data_;
}

}  // namespace fleethook::json
