// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/array_container.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/io/byte_source.h"

namespace assayer {

std::uint64_t ArrayInfo::size() const {
  return saturated_product(shape);
}

std::string ArrayInfo::shape_text() const {
  return shape.empty() ? "a single value" : fmt::format("[{}]", fmt::join(shape, ", "));
}

std::optional<std::uint64_t> ArrayInfo::vector_length() const {
  std::uint64_t length = 1;
  for (const std::uint64_t n : shape) {
    if (n == 1) continue;
    if (length != 1) return std::nullopt;
    length = n;
  }
  return length;
}

ArrayWalk::ArrayWalk(std::span<const std::uint64_t> extent, bool first_axis_fastest)
    : extent_(extent.begin(), extent.end()), order_(extent.size()), index_(extent.size(), 0) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (!first_axis_fastest) std::ranges::reverse(order_);
}

std::uint64_t ArrayWalk::left_of_fastest() const {
  return order_.empty() ? 1 : extent_[order_.front()] - index_[order_.front()];
}

void ArrayWalk::advance(std::uint64_t count) {
  for (const std::size_t axis : order_) {
    index_[axis] += count;
    if (index_[axis] < extent_[axis]) return;
    index_[axis] = 0;
    count = 1;
  }
}

Result<std::vector<double>> ArrayContainer::numbers(std::size_t array, RunControl& control) const {
  const ArrayInfo& info = arrays_[array];
  if (auto status = check_memory(saturated_product(std::vector<std::uint64_t>{info.size(), sizeof(double)}),
                                 "the numbers of \"" + info.name + "\"");
      !status)
    return fail(status.error());
  std::vector<double> values(info.size());
  ArrayWalk walk(info.shape, info.first_axis_fastest);
  const auto status = stream(array, info.shape, control, [&](std::span<const double> block) {
    for (const double value : block) {
      std::uint64_t at = 0;
      for (std::size_t axis = 0; axis < info.shape.size(); ++axis)
        at = at * info.shape[axis] + walk.index()[axis];
      values[at] = value;
      walk.next();
    }
  });
  if (!status) return fail(status.error());
  return values;
}

Status stream_numbers(ByteSource& source, const ArrayInfo& info, NumberType type, bool big_endian,
                      std::span<const std::uint64_t> limits, RunControl& control,
                      const ArrayContainer::Sink& sink) {
  constexpr std::size_t block = std::size_t{64} * 1024;
  const std::size_t size = size_of(type);
  // Axes in the order of the file, the fastest first; those that are taken whole are one run of numbers.
  std::vector<std::uint64_t> extent(info.shape.begin(), info.shape.end());
  std::vector<std::uint64_t> taken(limits.begin(), limits.end());
  if (!info.first_axis_fastest) {
    std::ranges::reverse(extent);
    std::ranges::reverse(taken);
  }
  if (std::ranges::find(taken, std::uint64_t{0}) != taken.end()) return {};
  std::uint64_t run = 1;
  std::size_t whole = 0;
  while (whole < extent.size() && taken[whole] == extent[whole]) run *= extent[whole++];
  std::uint64_t step = run;  // from the start of one run to the next
  if (whole < extent.size()) {
    step *= extent[whole];
    run *= taken[whole++];
  }
  std::vector<std::uint64_t> outer(whole < extent.size() ? extent.size() - whole : 0, 0);

  std::vector<std::byte> bytes(std::min<std::uint64_t>(run, block) * size);
  std::vector<double> values(std::min<std::uint64_t>(run, block));
  while (true) {
    for (std::uint64_t done = 0; done < run;) {
      if (control.stop_requested()) return fail(Error::cancel());
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(values.size(), run - done));
      if (auto status = source.read_all(std::span(bytes).first(count * size)); !status) return status;
      to_doubles(std::span(bytes).first(count * size), type, big_endian, std::span(values).first(count));
      sink(std::span(values).first(count));
      done += count;
    }
    // The gap to the next run, over whatever outer axes are cut short.
    std::uint64_t gap = step - run;
    std::uint64_t stride = step;
    std::size_t axis = 0;
    for (; axis < outer.size(); ++axis) {
      if (++outer[axis] < taken[whole + axis]) break;
      outer[axis] = 0;
      gap += (extent[whole + axis] - taken[whole + axis]) * stride;
      stride *= extent[whole + axis];
    }
    if (axis == outer.size()) return {};
    if (gap > 0)
      if (auto status = source.skip(gap * size); !status) return status;
  }
}

}  // namespace assayer
