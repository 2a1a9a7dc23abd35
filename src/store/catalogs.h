// Where the newest catalog is: all that accepting, delivering and streaming need of a store.
#pragma once
#include "store/catalog.h"

namespace fleethook::store {

class Catalogs {
 public:
  virtual ~Catalogs() = default;
  // On any thread; wait-free enough for loops.
  virtual CatalogPtr catalog() const = 0;
};

}  // namespace fleethook::store
