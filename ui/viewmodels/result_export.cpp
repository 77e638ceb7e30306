// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/result_export.h"

#include <QSaveFile>
#include <cmath>
#include <string>

namespace assayer::ui {

namespace {

/// Names may hold commas and quotes (RFC 4180).
QByteArray csvText(const std::string& text) {
  QByteArray bytes = QByteArray::fromStdString(text);
  if (!bytes.contains(',') && !bytes.contains('"') && !bytes.contains('\n')) return bytes;
  bytes.replace("\"", "\"\"");
  return "\"" + bytes + "\"";
}

/// Shortest text that reads back as the same number; empty where there is none.
template <class T>
QByteArray number(T value) {
  if (!std::isfinite(value)) return {};
  return QByteArray::number(value, 'g', sizeof(T) == 4 ? 9 : 17);
}

Error unwritable(const QString& path, const QSaveFile& file) {
  return {Error::Kind::File,
          "cannot be written",
          path.toStdString(),
          {},
          file.errorString().toStdString(),
          "Choose another folder or free some space."};
}

std::string componentName(const Dataset& data, std::size_t k) {
  const auto& names = data.component_names();
  return k < names.size() ? names[k] : "component " + std::to_string(k + 1);
}

}  // namespace

Status writeTextFile(const QString& path, const QByteArray& text) {
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit())
    return fail(unwritable(path, file));
  return {};
}

Status exportRowsCsv(const RowSource& source, const std::vector<RowColumn>& columns,
                     const std::vector<std::uint32_t>& order, const QString& path,
                     const RunControl& control) {
  // A million rows with tens of columns are hundreds of megabytes: written as they are made.
  constexpr qsizetype kBlock = qsizetype{1} << 20;
  QSaveFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return fail(unwritable(path, file));
  QByteArray text;
  const auto line = [&](auto cellOf) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) text += ",";
      text += csvText(cellOf(columns[c]).toStdString());
    }
    text += "\n";
  };
  const auto flush = [&] {
    const bool written = file.write(text) == text.size();
    text.clear();
    return written;
  };
  line([](const RowColumn& column) { return column.title; });
  for (std::size_t place = 0; place < source.data->rows(); ++place) {
    const std::size_t row = order.empty() ? place : order[place];
    line([&](const RowColumn& column) { return rowText(source, column, row, true); });
    if (text.size() < kBlock) continue;
    if (control.stop_requested()) return fail(Error::cancel());
    if (!flush()) return fail(unwritable(path, file));
  }
  if (!flush() || !file.commit()) return fail(unwritable(path, file));
  return {};
}

Status exportEndmembersCsv(const Dataset& data, const EndmemberEstimate& endmembers, const QString& path) {
  const std::size_t components = endmembers.mean.rows();
  const bool spread = endmembers.sd.rows() == components && components > 0;
  std::string title(axis_title(data.wavelength().unit()));
  QByteArray text = csvText(title);
  for (std::size_t k = 0; k < components; ++k) {
    const std::string name = componentName(data, k);
    text += "," + csvText(name);
    if (spread) text += "," + csvText(name + " sd");
  }
  text += "\n";
  for (std::size_t c = 0; c < endmembers.mean.cols(); ++c) {
    text += number(data.wavelength()[c]);
    for (std::size_t k = 0; k < components; ++k) {
      text += "," + number(endmembers.mean(k, c));
      if (spread) text += "," + number(endmembers.sd(k, c));
    }
    text += "\n";
  }
  return writeTextFile(path, text);
}

Status exportCompositionCsv(const Dataset& data, const Prediction& prediction, const QString& path) {
  struct Block {
    const Matrix<double>* values;
    std::vector<std::string> titles;
  };
  std::vector<Block> blocks;
  const auto add = [&](const Matrix<double>& values, const auto& title) {
    if (values.rows() != data.rows() || values.cols() == 0) return;
    Block block{&values, {}};
    for (std::size_t k = 0; k < values.cols(); ++k) block.titles.push_back(title(k));
    blocks.push_back(std::move(block));
  };
  const auto of = [&](std::string suffix) {
    return [&data, suffix = std::move(suffix)](std::size_t k) { return componentName(data, k) + suffix; };
  };
  const auto z = [](std::string suffix) {
    return [suffix = std::move(suffix)](std::size_t k) { return "z" + std::to_string(k + 1) + suffix; };
  };
  add(prediction.composition, of(""));
  add(prediction.composition_sd, of(" sd"));
  add(prediction.z, z(""));
  add(prediction.z_sd, z(" sd"));
  if (data.abundances()) add(data.abundances()->values(), of(" known"));

  QByteArray text = "row";
  if (data.groups()) text += ",group";
  for (const Block& block : blocks)
    for (const std::string& title : block.titles) text += "," + csvText(title);
  auto trust = prediction.trust();
  std::erase_if(trust, [&](const auto& column) { return column.second->size() != data.rows(); });
  for (const auto& [title, values] : trust) text += "," + csvText(title);
  text += "\n";
  for (std::size_t i = 0; i < data.rows(); ++i) {
    text += QByteArray::number(static_cast<qulonglong>(i));
    if (data.groups()) {
      const auto g = static_cast<std::size_t>(data.groups()->of_row[i]);
      text += "," + csvText(data.groups()->names[g]);
    }
    for (const Block& block : blocks)
      for (const double value : block.values->row(i)) text += "," + number(value);
    for (const auto& [title, values] : trust) text += "," + number((*values)[i]);
    text += "\n";
  }
  return writeTextFile(path, text);
}

}  // namespace assayer::ui
