// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace assayer {

/// Numbers as binary files hold them.
enum class NumberType { Int8, UInt8, Int16, UInt16, Int32, UInt32, Int64, UInt64, Float16, Float32, Float64 };

/// "int8" … "float64".
std::string_view to_string(NumberType type);
std::size_t size_of(NumberType type);
bool is_integer(NumberType type);

/// Numbers of any type and byte order as doubles: exact except for integers beyond 2^53. `bytes` holds
/// values.size() numbers.
void to_doubles(std::span<const std::byte> bytes, NumberType type, bool big_endian, std::span<double> values);

/// One number of type T (an arithmetic type) at `at`; the caller has seen that it is there.
template <class T>
T number_at(std::span<const std::byte> bytes, std::size_t at, bool big_endian = false);

}  // namespace assayer
