// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the desktop program's views cost by the number of rows: data made here (8 channels, 3 components, 4
// groups, every composition another), shown in simplex, projection and trace of z, each of 900 × 650 pixels,
// zoomed, panned and brushed as a user does, and in the whole window, which opens them from a file. Prints
// one line a measurement, in ms of the user interface's own processor time, the median of several.
//
//   assayer_bench_views [ROWS …]            10000 100000 1000000 where not given
//   assayer_bench_views --start             from the process' start to the first picture, by the clock
//   assayer_bench_views --write FILE ROWS   the data as a file, to look at in the program
//
// Needs no display: QT_QPA_PLATFORM=offscreen.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "core/base/process.h"
#include "core/base/random.h"
#include "core/io/dataset_writer.h"
#include "core/train/engine.h"
#include "tests/bench/bench_support.h"
#include "tests/ui/heartbeat.h"
#include "ui/views/main_window.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_view.h"
#include "ui/views/simplex_view.h"

namespace {

using namespace assayer;      // NOLINT(google-build-using-namespace)
using namespace assayer::ui;  // NOLINT(google-build-using-namespace)
using bench::peak_megabytes;
using bench::value_or_exit;
using testing::threadSeconds;

constexpr std::size_t kChannels = 8;
constexpr int kTimes = 9;

double megabytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  double resident = 0;
  statm >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

DatasetPtr made(std::size_t rows) {
  Random random(1);
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, kChannels);
  Matrix<double> compositions(rows, 3);
  Groups groups;
  groups.names = {"Position 1", "Position 2", "Angle 1", "Angle 2"};
  groups.codes = {0, 1, 2, 3};
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (double& part : compositions.row(row)) sum += part = -std::log(1 - random.uniform());
    for (double& part : compositions.row(row)) part /= sum;
    const auto group = static_cast<std::int32_t>(row % 4);
    groups.of_row.push_back(group);
    for (std::size_t c = 0; c < kChannels; ++c) {
      double value = 0.02 * random.normal() + 0.02 * group;
      for (std::size_t k = 0; k < 3; ++k)
        value += compositions(row, k) * (0.5 + 0.3 * std::sin(0.7 * static_cast<double>((k + 1) * c)));
      parts.spectra(row, c) = static_cast<float>(value);
    }
  }
  parts.wavelength = WavelengthAxis::channels(kChannels);
  parts.groups = std::move(groups);
  parts.abundances = value_or_exit(Abundances::create(std::move(compositions), {"a", "b", "c"}));
  return value_or_exit(Dataset::create(std::move(parts)));
}

Matrix<double> nuisance(std::size_t rows) {
  Random random(2);
  Matrix<double> z(rows, 1);
  for (std::size_t row = 0; row < rows; ++row)
    z(row, 0) = 0.3 * static_cast<double>(row % 4) + random.normal();
  return z;
}

struct Report {
  std::size_t rows;
  void line(const std::string& what, double ms) const {
    fmt::print("{:>8}  {:<44} {:9.2f} ms\n", rows, what, ms);
    std::fflush(stdout);
  }
  void memory(const std::string& what) const {
    fmt::print("{:>8}  {:<44} {:9.0f} MB\n", rows, what, megabytes());
  }
  /// The median of some, in processor time of this thread.
  void several(const std::string& what, const std::function<void(int)>& act) const {
    std::vector<double> ms;
    for (int time = 0; time < kTimes; ++time) {
      const double start = threadSeconds();
      act(time);
      ms.push_back(1e3 * (threadSeconds() - start));
    }
    std::ranges::sort(ms);
    line(what, ms[kTimes / 2]);
  }
  /// Once, until nothing is being worked out any more: the longest that the window did not answer, and the
  /// time by the clock.
  void settled(const std::string& what, const std::function<void()>& act,
               const std::function<bool()>& busy) const {
    testing::Heartbeat heart;
    QElapsedTimer clock;
    clock.start();
    heart.start();
    QTimer::singleShot(0, act);
    QTest::qWait(10);
    if (!QTest::qWaitFor([&] { return !busy(); }, 120000)) fmt::print(stderr, "{}: not done\n", what);
    const auto until = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    QTest::qWait(30);
    heart.stop();
    line(what + ", until done (clock)", until);
    line(what + ", longest work in one go", heart.longestWork());
  }
};

void send(QWidget& view, QEvent::Type type, QPointF at, Qt::MouseButton changed, Qt::MouseButtons held,
          Qt::KeyboardModifiers modifiers = {}) {
  QMouseEvent event(type, at, view.mapToGlobal(at), changed, held, modifiers);
  QApplication::sendEvent(&view, &event);
}

void wheel(QWidget& view, int notches) {
  const QPointF at = view.rect().center();
  QWheelEvent event(at, view.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, {}, Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(&view, &event);
}

template <class View>
bool busy(const View& view) {
  if constexpr (requires { view.busy(); })
    return view.busy();
  else
    return false;
}

/// What a user does to a view, and what a frame of it costs.
template <class View>
void drive(const Report& report, const std::string& name, View& view, const Rows& half) {
  const QPointF middle = view.rect().center();
  const auto panned = [&](const std::string& what) {
    send(view, QEvent::MouseButtonPress, middle, Qt::MiddleButton, Qt::MiddleButton);
    report.several(name + ": " + what, [&](int time) {
      send(view, QEvent::MouseMove, middle + QPointF(3 + 3 * (time % 2), 2), Qt::NoButton, Qt::MiddleButton);
      view.repaint();
    });
    send(view, QEvent::MouseButtonRelease, middle, Qt::MiddleButton, {});
  };
  view.fit();
  view.repaint();
  panned("frame of a pan, all in view");
  report.several(name + ": frame of a zoom", [&](int time) {
    wheel(view, time % 2 == 0 ? 1 : -1);
    view.repaint();
  });
  report.several(name + ": hover", [&](int time) {
    send(view, QEvent::MouseMove, middle + QPointF(time, 5), Qt::NoButton, {});
  });
  const auto region = [&](const std::string& what, Qt::KeyboardModifiers modifiers, bool lasso) {
    std::size_t rows = 0;
    const auto counted = QObject::connect(&view, &View::selectionRequested, &view,
                                          [&](const Rows& found, SelectMode) { rows = found.size(); });
    report.several(name + ": " + what, [&](int time) {
      const QPointF wide(220 + time, 160);
      send(view, QEvent::MouseButtonPress, middle - wide, Qt::LeftButton, Qt::LeftButton, modifiers);
      if (lasso) {
        for (int corner = 0; corner < 200; ++corner) {
          const double angle = 2 * std::numbers::pi * corner / 200;
          const double far = 1 + 0.2 * std::sin(7 * angle);
          send(view, QEvent::MouseMove,
               middle + far * QPointF(wide.x() * std::cos(angle), wide.y() * std::sin(angle)), Qt::NoButton,
               Qt::LeftButton, modifiers);
        }
      } else {
        send(view, QEvent::MouseMove, middle + wide, Qt::NoButton, Qt::LeftButton, modifiers);
      }
      send(view, QEvent::MouseButtonRelease, middle + wide, Qt::LeftButton, {}, modifiers);
    });
    QObject::disconnect(counted);
    fmt::print("{:>8}  {:<44} {:9} rows\n", report.rows, name + ": " + what + ", found", rows);
  };
  view.fit();
  view.repaint();
  region("box", {}, false);
  region("lasso of 200 corners", Qt::AltModifier, true);
  report.several(name + ": half of the rows selected, frame", [&](int time) {
    view.setSelection(time % 2 == 0 ? half : Rows{1, 2, 3});
    view.repaint();
  });
  view.setSelection(half);
  view.repaint();
  panned("frame of a pan, half selected");
  view.setSelection({});
  wheel(view, 24);
  view.repaint();
  panned("frame of a pan, zoomed in 49 times");
  report.several(name + ": hover, zoomed in", [&](int time) {
    send(view, QEvent::MouseMove, middle + QPointF(time, 5), Qt::NoButton, {});
  });
}

template <class View>
std::unique_ptr<View> shown() {
  auto view = std::make_unique<View>();
  view->resize(900, 650);
  view->show();
  if (!QTest::qWaitForWindowExposed(view.get())) std::exit(1);
  return view;
}

void measureViews(const Report& report, const DatasetPtr& data) {
  Rows half;
  for (std::uint32_t row = 0; row < data->rows(); row += 2) half.push_back(row);
  {
    const auto view = shown<SimplexView>();
    report.settled("simplex: data", [&] { view->setData(data); }, [&] { return busy(*view); });
    Roles roles(data->rows(), Role::HeldOut);
    for (std::size_t row = 0; row < roles.size(); row += 2)
      roles[row] = row < 1000 ? Role::Labelled : Role::Unlabelled;
    report.several("simplex: roles", [&](int) { view->setRoles(roles); });
    drive(report, "simplex", *view, half);
    report.memory("simplex: memory");
  }
  {
    const auto engine = value_or_exit(Engine::load());
    std::shared_ptr<const Pca> pca;
    const double start = threadSeconds();
    pca = std::make_shared<const Pca>(value_or_exit(engine->fit_pca(*data, 8)));
    report.line("principal components (a worker)", 1e3 * (threadSeconds() - start));
    const auto view = shown<ProjectionView>();
    view->setData(data);
    report.settled("projection: scores", [&] { view->setPca(pca); }, [&] { return busy(*view); });
    drive(report, "projection", *view, half);
    report.memory("projection: memory");
  }
  {
    const auto view = shown<NuisanceTrace>();
    const Matrix<double> z = nuisance(data->rows());
    report.settled("trace: data", [&] { view->setData(data); }, [&] { return busy(*view); });
    report.settled("trace: z", [&] { view->setValues(z); }, [&] { return busy(*view); });
    drive(report, "trace", *view, half);
    report.memory("trace: memory");
  }
}

void measureWindow(const Report& report, const DatasetPtr& data) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("made.h5"));
  if (const Status written = write_dataset(*data, path.toStdString(), true); !written) {
    fmt::print(stderr, "{}\n", written.error().message());
    std::exit(1);
  }
  MainWindow::Options options;
  options.persistent = false;
  options.confirm_discard = false;
  MainWindow window(std::move(options));
  window.resize(1480, 920);
  window.show();
  if (!QTest::qWaitForWindowExposed(&window)) std::exit(1);
  QSignalSpy opened(&window, &MainWindow::sessionOpened);
  report.settled(
      "window: open", [&] { window.openFile(path); }, [&] { return opened.isEmpty() || window.busy(); });
  Rows half;
  for (std::uint32_t row = 0; row < data->rows(); row += 2) half.push_back(row);
  const auto idle = [&] { return window.busy(); };
  report.several("window: half of the rows selected, told to all",
                 [&](int time) { window.selection().select(time % 2 == 0 ? half : Rows{1, 2, 3}); });
  report.settled("window: half of the rows selected", [&] { window.selection().select(half); }, idle);
  report.settled("window: their role", [&] { window.session().setRole(half, Role::Excluded); }, idle);
  report.settled("window: selection cleared", [&] { window.selection().clear(); }, idle);
  report.memory("window: memory");
}

/// Seconds since this process was started.
double age() {
  std::ifstream stat("/proc/self/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  // The 22nd field, the name in brackets being the second.
  std::size_t at = text.rfind(')');
  for (int field = 2; field < 22; ++field) at = text.find(' ', at + 1);
  const double started = std::strtod(text.c_str() + at, nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) - started;
}

}  // namespace

int main(int argc, char** argv) {
  prepare_environment();
  const QApplication application(argc, argv);
  const QStringList arguments = QCoreApplication::arguments().mid(1);
  if (arguments.contains(QStringLiteral("--start"))) {
    MainWindow::Options options;
    options.persistent = false;
    MainWindow window(std::move(options));
    window.resize(1480, 920);
    window.show();
    if (!QTest::qWaitForWindowExposed(&window)) return 1;
    window.grab();
    // The events that were waiting have been answered then.
    bool answered = false;
    QTimer::singleShot(0, &window, [&] { answered = true; });
    if (!QTest::qWaitFor([&] { return answered; })) return 1;
    fmt::print("start {:.0f} ms by the clock, {:.0f} ms of processor time, {:.0f} MB\n", 1e3 * age(),
               1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC, megabytes());
    return 0;
  }
  if (const qsizetype at = arguments.indexOf(QStringLiteral("--write")); at >= 0) {
    if (at + 2 >= arguments.size()) return 2;
    const Status written =
        write_dataset(*made(arguments[at + 2].toULongLong()), arguments[at + 1].toStdString(), true);
    if (!written) fmt::print(stderr, "{}\n", written.error().message());
    return written ? 0 : 1;
  }
  std::vector<std::size_t> sizes;
  for (const QString& argument : arguments) sizes.push_back(argument.toULongLong());
  if (sizes.empty()) sizes = {10'000, 100'000, 1'000'000};
  for (const std::size_t rows : sizes) {
    const Report report{rows};
    const DatasetPtr data = made(rows);
    measureViews(report, data);
    measureWindow(report, data);
    fmt::print("{:>8}  {:<44} {:9.0f} MB\n", rows, "memory: peak so far", peak_megabytes());
  }
  return 0;
}
