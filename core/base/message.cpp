// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/message.h"

#include <charconv>
#include <utility>

namespace assayer {

namespace {

/// Which value a place takes: the next one where it has no number of its own. Past the end: it is no place.
std::size_t wanted(std::string_view number, std::size_t& next) {
  if (number.empty()) return next++;
  std::size_t value = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), value);
  return code == std::errc{} && end == number.data() + number.size() ? value : std::string_view::npos;
}

std::string filled(std::string_view text, std::span<const std::string> values) {
  std::string result;
  std::size_t next = 0;
  while (true) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    result += text.substr(0, open);
    const std::size_t value = wanted(text.substr(open + 1, close - open - 1), next);
    if (value < values.size())
      result += values[value];
    else
      result += text.substr(open, close - open + 1);
    text.remove_prefix(close + 1);
  }
  return result.append(text);
}

}  // namespace

Message Message::sentence(std::string_view text) {
  return sentence(text, {});
}

Message Message::sentence(std::string_view text, std::initializer_list<Value> values) {
  Message message;
  message.text_ = text;
  message.translatable_ = true;
  for (const Value& value : values) message.parts_.push_back(value.message());
  return message;
}

Message Message::verbatim(std::string text) {
  Message message;
  message.text_ = std::move(text);
  return message;
}

Message& Message::operator+=(Message next) {
  if (next.empty()) return *this;
  if (empty()) return *this = std::move(next);
  if (translatable_ || parts_.empty()) {
    Message first = std::exchange(*this, {});
    parts_.push_back(std::move(first));
  }
  parts_.push_back(std::move(next));
  return *this;
}

std::string Message::english() const {
  return in([](const std::string& text) { return text; });
}

std::string Message::in(const Translate& translate) const {
  std::vector<std::string> parts;
  parts.reserve(parts_.size());
  for (const Message& part : parts_) parts.push_back(part.in(translate));
  if (translatable_) return filled(translate(text_), parts);
  if (parts.empty()) return text_;
  std::string joined = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) joined += " " + parts[i];
  return joined;
}

std::vector<std::string> english(std::span<const Message> messages) {
  std::vector<std::string> texts;
  texts.reserve(messages.size());
  for (const Message& message : messages) texts.push_back(message.english());
  return texts;
}

}  // namespace assayer
