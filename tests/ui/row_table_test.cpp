// SPDX-License-Identifier: GPL-3.0-or-later
// The table of rows with as many as an image has.
#include <gtest/gtest.h>

#include <QHeaderView>
#include <QScrollBar>
#include <QSignalSpy>
#include <random>

#include "tests/ui/heartbeat.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/row_table.h"

namespace assayer::ui::testing {
namespace {

DatasetPtr millionRows() {
  constexpr std::size_t kRows = 1'000'000;
  DatasetParts parts;
  parts.spectra = Matrix<float>(kRows, 2, 1.0F);
  std::vector<double> score(kRows);
  std::vector<std::string> site(kRows);
  std::mt19937 random(4);
  for (std::size_t r = 0; r < kRows; ++r) {
    score[r] = r % 1000 == 3 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(random());
    site[r] = "site " + std::to_string(random() % 100);
  }
  parts.metadata = {{"score", score}, {"site", site}};
  return Dataset::create(std::move(parts)).value();
}

TEST(RowTable, AMillionRowsCostNoWaiting) {
  const DatasetPtr data = millionRows();
  RowTable table;
  table.resize(600, 400);
  table.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&table));
  double start = threadSeconds();
  table.setData(data);
  table.grab();
  EXPECT_LT(threadSeconds() - start, 0.25 * kPatience);
  start = threadSeconds();
  table.scrollToBottom();
  table.grab();
  EXPECT_LT(threadSeconds() - start, 0.05 * kPatience);
  // Every second row, from another view.
  Rows rows;
  for (std::uint32_t r = 0; r < 1'000'000; r += 2) rows.push_back(r);
  start = threadSeconds();
  table.setSelection(rows);
  table.grab();
  EXPECT_LT(threadSeconds() - start, 0.05 * kPatience);
  std::printf("half a million of a million rows selected: %.1f ms\n", 1e3 * (threadSeconds() - start));

  // Sorted on a worker; missing values last.
  RowTableModel& model = table.rows();
  QSignalSpy sorted(&model, &RowTableModel::sorted);
  start = threadSeconds();
  model.sort(2, Qt::AscendingOrder);
  EXPECT_LT(threadSeconds() - start, 0.05 * kPatience);
  ASSERT_TRUE(waitFor([&] { return sorted.count() == 1; }, 60000));
  const auto& score = std::get<std::vector<double>>(data->metadata()[0].values);
  for (int p = 1; p < 999'000; ++p) ASSERT_LE(score[model.rowAt(p - 1)], score[model.rowAt(p)]) << p;
  for (int p = 999'000; p < 1'000'000; ++p) ASSERT_TRUE(std::isnan(score[model.rowAt(p)]));
  model.sort(3, Qt::DescendingOrder);
  ASSERT_TRUE(waitFor([&] { return sorted.count() == 2; }, 60000));
  const auto& site = std::get<std::vector<std::string>>(data->metadata()[1].values);
  for (int p = 1; p < 1'000'000; ++p) {
    const auto& a = site[model.rowAt(p - 1)];
    const auto& b = site[model.rowAt(p)];
    ASSERT_TRUE(a > b || (a == b && model.rowAt(p - 1) < model.rowAt(p))) << p;
  }
}

}  // namespace
}  // namespace assayer::ui::testing
