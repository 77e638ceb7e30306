// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assayer {

/// What the core says to people: a sentence of ours with places for names and numbers, kept apart so that the
/// desktop program can say it in another language. Files, records and the command line have it in English.
///
/// packaging/translations finds the texts by the names `marked` and `sentence`: each stands in the source
/// once, as a literal right behind one of them. A translation may put the values in another order, {1} {0}.
class Message {
 public:
  class Value;

  /// Marks a text that a program looks up where it shows it; here it stays what it is.
  static consteval const char* marked(const char* literal) { return literal; }
  /// `text` is a literal, or one that was marked. Every {} in it takes the next value, {N} the one with that
  /// number, from 0; one for which there is no value stays.
  static Message sentence(std::string_view text);
  static Message sentence(std::string_view text, std::initializer_list<Value> values);
  /// What is the same in every language, or comes from elsewhere: a name, a number, a text of a file.
  static Message verbatim(std::string text);

  Message() = default;

  [[nodiscard]] bool empty() const { return !translatable_ && text_.empty() && parts_.empty(); }
  /// Puts another sentence behind, after a blank.
  Message& operator+=(Message next);

  [[nodiscard]] std::string english() const;
  /// With what `translate` gives for each text of ours, before the values are filled in.
  using Translate = std::function<std::string(const std::string& text)>;
  [[nodiscard]] std::string in(const Translate& translate) const;

  /// Whether they say the same, in English.
  friend bool operator==(const Message& a, const Message& b) { return a.english() == b.english(); }

 private:
  std::string text_;
  bool translatable_ = false;   ///< `text_` is ours, with `parts_` as its values
  std::vector<Message> parts_;  ///< else, where there are any: sentences, in their order
};

/// What a place of a sentence takes; a message in it is translated, too.
class Message::Value {
 public:
  Value(Message message) : message_(std::move(message)) {}
  Value(std::string text) : message_(verbatim(std::move(text))) {}
  Value(std::string_view text) : message_(verbatim(std::string(text))) {}
  Value(const char* text) : message_(verbatim(text)) {}
  template <std::integral T>
  Value(T number) : message_(verbatim(std::to_string(number))) {}

  [[nodiscard]] const Message& message() const { return message_; }

 private:
  Message message_;
};

/// Each in English.
std::vector<std::string> english(std::span<const Message> messages);

}  // namespace assayer
