// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/number_type.h"

#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace assayer {

namespace {

constexpr std::array<std::string_view, 11> kNames = {"int8",    "uint8",   "int16",  "uint16",
                                                     "int32",   "uint32",  "int64",  "uint64",
                                                     "float16", "float32", "float64"};
constexpr std::array<std::size_t, 11> kSizes = {1, 1, 2, 2, 4, 4, 8, 8, 2, 4, 8};

/// IEEE 754 binary16.
double from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1F;
  const int fraction = bits & 0x3FF;
  constexpr int all_ones = 0x1F;
  double value = 0;
  if (exponent == all_ones)
    value =
        fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  else if (exponent == 0)
    value = std::ldexp(fraction, -24);
  else
    value = std::ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -value : value;
}

template <class T>
void convert(std::span<const std::byte> bytes, bool big_endian, std::span<double> values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<double>(number_at<T>(bytes, i * sizeof(T), big_endian));
}

}  // namespace

std::string_view to_string(NumberType type) {
  return kNames[static_cast<std::size_t>(type)];
}

std::size_t size_of(NumberType type) {
  return kSizes[static_cast<std::size_t>(type)];
}

bool is_integer(NumberType type) {
  return type < NumberType::Float16;
}

template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t at, bool big_endian) {
  assert(at + sizeof(T) <= bytes.size());
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes.data() + at, sizeof(T));
  if (big_endian != (std::endian::native == std::endian::big))
    for (std::size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(raw[i], raw[sizeof(T) - 1 - i]);
  return std::bit_cast<T>(raw);
}

template std::int8_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::uint8_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::int16_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::uint16_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::int32_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::uint32_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::int64_t number_at(std::span<const std::byte>, std::size_t, bool);
template std::uint64_t number_at(std::span<const std::byte>, std::size_t, bool);
template float number_at(std::span<const std::byte>, std::size_t, bool);
template double number_at(std::span<const std::byte>, std::size_t, bool);

void to_doubles(std::span<const std::byte> bytes, NumberType type, bool big_endian,
                std::span<double> values) {
  switch (type) {
    case NumberType::Int8:
      return convert<std::int8_t>(bytes, big_endian, values);
    case NumberType::UInt8:
      return convert<std::uint8_t>(bytes, big_endian, values);
    case NumberType::Int16:
      return convert<std::int16_t>(bytes, big_endian, values);
    case NumberType::UInt16:
      return convert<std::uint16_t>(bytes, big_endian, values);
    case NumberType::Int32:
      return convert<std::int32_t>(bytes, big_endian, values);
    case NumberType::UInt32:
      return convert<std::uint32_t>(bytes, big_endian, values);
    case NumberType::Int64:
      return convert<std::int64_t>(bytes, big_endian, values);
    case NumberType::UInt64:
      return convert<std::uint64_t>(bytes, big_endian, values);
    case NumberType::Float16:
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = from_half(number_at<std::uint16_t>(bytes, 2 * i, big_endian));
      return;
    case NumberType::Float32:
      return convert<float>(bytes, big_endian, values);
    case NumberType::Float64:
      return convert<double>(bytes, big_endian, values);
  }
}

}  // namespace assayer
