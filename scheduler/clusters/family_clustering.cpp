#include <fmt/format.h>

#include <utility>

#include "scheduler/clusters/builtins.h"
#include "scheduler/clusters/families.h"
#include "scheduler/policies/option_reader.h"

namespace mensa::scheduler {
namespace {

/// A layer outside of all boxes goes to the nearest.
class FamilyClustering final : public Clustering {
 public:
  explicit FamilyClustering(FamilyTable table) : table_(std::move(table)) {
    clusters_.reserve(table_.families().size());
    for (const Family& family : table_.families()) {
      clusters_.push_back({fmt::format("family_{}", family.number), family.description});
    }
  }

  [[nodiscard]] std::string specification() const override { return "families"; }
  [[nodiscard]] const std::vector<Cluster>& clusters() const override { return clusters_; }
  [[nodiscard]] std::optional<ClusterId> classify(const LayerTraits& traits) const override {
    const std::optional<FamilyMatch> match = table_.classify(traits);
    if (!match) return std::nullopt;
    std::size_t position = 0;
    while (table_.families()[position].number != match->number) ++position;
    return ClusterId(position);
  }

 private:
  FamilyTable table_;
  std::vector<Cluster> clusters_;
};

std::unique_ptr<const Clustering> fit(std::span<const LayerTraits> /*sample*/) {
  return std::make_unique<FamilyClustering>(FamilyTable::load());
}

}  // namespace

FitClustering make_families(const PolicyArguments& arguments) {
  OptionReader("families", arguments, "clustering").finish();
  return fit;
}

std::unique_ptr<const Clustering> read_families(const PolicyArguments& /*arguments*/,
                                                base::YamlMap& /*map*/) {
  return fit({});
}

}  // namespace mensa::scheduler
