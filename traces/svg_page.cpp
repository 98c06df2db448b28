#include "traces/svg_page.h"

#include <fmt/format.h>

#include "traces/xml_text.h"

namespace mensa::traces {

std::string svg_text(const SvgPage& page, const std::string& plot) {
  const std::string head = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"sans-serif\" font-size=\"12\">\n"
      "<style>.grid{{stroke:#e4e4e4}}.axis{{stroke:#333}}.label{{font-size:14px}}"
      "{2}.legend{{font-size:13px}}.title{{font-size:18px;font-weight:bold}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{3:.1f}\" y=\"34\" class=\"title\">{4}</text>\n"
      "<text x=\"{3:.1f}\" y=\"56\" class=\"legend\">{5}</text>\n",
      page.width, page.height, page.styles, page.left, xml_text(page.title),
      xml_text(page.subtitle));
  return head + plot + "</svg>\n";
}

}  // namespace mensa::traces
