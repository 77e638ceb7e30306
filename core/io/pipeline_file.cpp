// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/pipeline_file.h"

#include <span>
#include <string>
#include <vector>

namespace assayer {

namespace {

constexpr const char* kGroup = "preprocessing";
constexpr const char* kSteps = "pipeline";
constexpr const char* kNames = "arrays";

std::string path_of(const std::string& array) {
  return std::string(kGroup) + "/" + array;
}

}  // namespace

Status write_pipeline(hdf5::File& file, const PipelineState& state) {
  std::vector<std::string> names;
  for (const PipelineArray& array : state.arrays) {
    const std::vector<std::uint64_t> shape(array.shape.begin(), array.shape.end());
    if (auto written = file.write<double>(path_of(array.name), shape, array.values); !written) return written;
    names.push_back(array.name);
  }
  if (auto written = file.write_attribute(kGroup, kNames, std::span<const std::string>(names)); !written)
    return written;
  return file.write_attribute(kGroup, kSteps, state.json);
}

Result<std::optional<PipelineState>> read_pipeline(const hdf5::File& file) {
  if (!file.has_attribute(kGroup, kSteps)) return std::nullopt;
  const auto json = file.read_attribute_texts(kGroup, kSteps);
  if (!json) return fail(json.error());
  const auto names = file.read_attribute_texts(kGroup, kNames);
  if (!names) return fail(names.error());
  PipelineState state;
  for (const std::string& text : *json) state.json += text;
  for (const std::string& name : *names) {
    const auto info = file.info(path_of(name));
    if (!info) return fail(info.error());
    auto values = file.read<double>(path_of(name));
    if (!values) return fail(values.error());
    state.arrays.push_back({name, {info->shape.begin(), info->shape.end()}, *std::move(values)});
  }
  return state;
}

}  // namespace assayer
