#include <fmt/format.h>

#include <filesystem>

#include "cli/cluster/cluster_report.h"
#include "cli/commands.h"
#include "cli/formats.h"
#include "cli/names.h"
#include "cli/output.h"
#include "models/base/atomic_file.h"
#include "models/base/error.h"

namespace mensa::cli {
namespace {

std::string driver_yaml(const ClusterReport& report) {
  return scheduler::driver_table_to_yaml(driver_table_of(report));
}

const std::vector<Format<ClusterReport>>& cluster_formats() {
  static const std::vector<Format<ClusterReport>> kFormats = {{"table", ".txt", cluster_table},
                                                              {"json", ".json", cluster_json},
                                                              {"svg", ".svg", cluster_svg},
                                                              {"yaml", ".yaml", driver_yaml}};
  return kFormats;
}

}  // namespace

void cluster(const ClusterArguments& arguments) {
  const std::vector<Format<ClusterReport>> formats =
      chosen_formats(cluster_formats(), arguments.formats, !arguments.out.empty());
  // An output folder that cannot be is told before the work, not after it.
  const std::filesystem::path folder = arguments.out;
  if (!folder.empty()) base::make_writable_folder(folder);

  const ClusterReport report = make_cluster_report(arguments);
  for (const std::string& warning : report.system_warnings) warn(warning);
  if (!arguments.save_driver.empty()) {
    write_file(arguments.save_driver, driver_yaml(report));
    tell(fmt::format("wrote {}", arguments.save_driver));
  }
  if (folder.empty()) {
    print(formats.front().write(report));
    return;
  }
  const std::string specification = report.clustering->specification();
  const std::string name =
      fmt::format("clusters.{}.{}", file_name_part(report.system),
                  file_name_part(specification.substr(0, specification.find(':'))));
  for (const Format<ClusterReport>& format : formats) {
    const std::filesystem::path path = folder / (name + format.extension);
    write_file(path, format.write(report));
    tell(fmt::format("wrote {}", path.string()));
  }
}

}  // namespace mensa::cli
