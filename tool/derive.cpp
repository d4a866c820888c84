#include "derive.hpp"
namespace bncheck::tool {
int derive(std::ostream&) { return 1; }
}
