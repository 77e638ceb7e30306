// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/text_annotation.h"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/io/text.h"

namespace assayer::text {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

Json matrix_json(const Matrix<float>& matrix) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    Json row = Json::array();
    // JSON has no NaN: null stands for it.
    for (const float value : matrix.row(r)) row.push_back(value);
    rows.push_back(std::move(row));
  }
  return rows;
}

Matrix<float> matrix_of(const Json& rows) {
  std::vector<float> values;
  std::size_t cols = 0;
  for (const Json& row : rows) {
    if (row.empty() || (cols != 0 && row.size() != cols))
      throw Json::other_error::create(501, "ragged", nullptr);
    cols = row.size();
    for (const Json& value : row)
      values.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN() : value.get<float>());
  }
  return {std::move(values), rows.size(), cols};
}

Annotation annotation_from(const Json& json) {
  Annotation result;
  if (json.contains("unit")) result.unit = parse_wavelength_unit(json["unit"].get<std::string>());
  result.channels = json.at("channels").get<std::size_t>();
  for (const Json& column : json.at("columns")) {
    result.columns.push_back({column.at("name").get<std::string>(), column.at("role").get<std::string>(),
                              column.value("type", std::string())});
  }
  if (json.contains("groups")) {
    result.group_names = json["groups"].at("names").get<std::vector<std::string>>();
    result.group_codes = json["groups"].at("codes").get<std::vector<std::int64_t>>();
  }
  if (json.contains("image_shape")) {
    const auto shape = json["image_shape"].get<std::vector<std::size_t>>();
    if (shape.size() == 2) result.image_shape = ImageShape{shape[0], shape[1]};
  }
  if (json.contains("bad_channels"))
    result.bad_channels = json["bad_channels"].get<std::vector<std::uint8_t>>();
  if (json.contains("endmember_names"))
    result.endmember_names = json["endmember_names"].get<std::vector<std::string>>();
  if (json.contains("endmembers")) result.endmembers = matrix_of(json["endmembers"]);
  if (json.contains("endmembers_by_group"))
    for (const Json& matrix : json["endmembers_by_group"])
      result.endmembers_by_group.push_back(matrix_of(matrix));
  if (json.contains("attributes"))
    result.attributes = json["attributes"].get<std::map<std::string, std::string>>();
  return result;
}

std::string_view type_of(const MetadataColumn& column) {
  constexpr std::array<std::string_view, 3> names = {"real", "integer", "text"};
  return names[column.values.index()];
}

}  // namespace

Annotation annotation_of(const Dataset& data) {
  Annotation result;
  result.unit = data.wavelength().unit();
  result.channels = data.channels();
  std::set<std::string> taken;
  const auto add = [&](const std::string& wanted, std::string role, std::string type) {
    // Columns of different roles may have one name; a table needs each once.
    const std::string plain = to_utf8(wanted);
    std::string name = plain;
    for (std::size_t n = 2; name.empty() || !taken.insert(name).second; ++n)
      name = fmt::format("{} ({})", plain, n);
    if (name != plain) result.renamed.emplace_back(plain, name);
    result.columns.push_back({std::move(name), std::move(role), std::move(type)});
  };
  for (const auto& column : data.metadata()) add(column.name, "metadata", std::string(type_of(column)));
  if (data.groups()) add("group", "group", "");
  if (data.abundances())
    for (const auto& name : data.abundances()->names()) add(name, "composition", "");
  if (data.true_abundances()) {
    for (std::size_t k = 0; k < data.true_abundances()->cols(); ++k) {
      const auto& names = data.component_names();
      add(k < names.size() ? names[k] + " true" : fmt::format("true {}", k), "true composition", "");
    }
  }
  if (data.groups()) {
    for (const auto& name : data.groups()->names) result.group_names.push_back(to_utf8(name));
    result.group_codes = data.groups()->codes;
  }
  result.image_shape = data.image_shape();
  result.bad_channels = data.bad_channels();
  for (const auto& name : data.endmember_names()) result.endmember_names.push_back(to_utf8(name));
  result.endmembers = data.endmembers();
  result.endmembers_by_group = data.endmembers_by_group();
  for (const auto& [key, value] : data.provenance().attributes)
    result.attributes[to_utf8(key)] = to_utf8(value);
  return result;
}

std::string to_json(const Annotation& annotation) {
  Json json = {{"version", kVersion}, {"channels", annotation.channels}};
  if (annotation.unit) json["unit"] = to_string(*annotation.unit);
  json["columns"] = Json::array();
  for (const auto& column : annotation.columns) {
    Json entry = {{"name", column.name}, {"role", column.role}};
    if (!column.type.empty()) entry["type"] = column.type;
    json["columns"].push_back(std::move(entry));
  }
  if (!annotation.group_codes.empty())
    json["groups"] = {{"names", annotation.group_names}, {"codes", annotation.group_codes}};
  if (annotation.image_shape)
    json["image_shape"] = {annotation.image_shape->rows, annotation.image_shape->cols};
  if (!annotation.bad_channels.empty()) json["bad_channels"] = annotation.bad_channels;
  if (!annotation.endmember_names.empty()) json["endmember_names"] = annotation.endmember_names;
  if (annotation.endmembers) json["endmembers"] = matrix_json(*annotation.endmembers);
  for (const auto& matrix : annotation.endmembers_by_group)
    json["endmembers_by_group"].push_back(matrix_json(matrix));
  if (!annotation.attributes.empty()) json["attributes"] = annotation.attributes;
  return json.dump();
}

Result<Annotation> parse_annotation(std::string_view text) {
  const Error broken = {Error::Kind::Format,
                        "the comment that Assayer wrote above the table cannot be read",
                        "",
                        "one line of JSON",
                        "",
                        "Remove the comment to read the table as any other."};
  try {
    const Json json = Json::parse(text);
    if (json.at("version").get<int>() > kVersion) {
      return fail({Error::Kind::Format, "the table was written by a later version of Assayer", "",
                   fmt::format("version {}", kVersion), fmt::format("{}", json["version"].get<int>()),
                   "Update Assayer, or remove the comment to read the table as any other."});
    }
    return annotation_from(json);
  } catch (const Json::exception&) {
    return fail(broken);
  }
}

}  // namespace assayer::text
