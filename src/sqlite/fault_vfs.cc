#include "sqlite/fault_vfs.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "base/assert.h"
#include "base/random.h"

namespace fleethook::sqlite {
namespace {

constexpr std::size_t kSectorBytes = 512;

// A write, or a truncation when `cut` is set.
struct Change {
  std::size_t offset = 0;
  std::string bytes;
  bool cut = false;
};

void make(const Change& change, std::string& content) {
  if (change.cut) return content.resize(std::min(content.size(), change.offset));
  content.resize(std::max(content.size(), change.offset + change.bytes.size()));
  std::copy(change.bytes.begin(), change.bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

// As a disk that lost its power in the middle: sector by sector.
void make_trashed(const Change& change, std::string& content, Random& random) {
  if (change.cut) return random.next() % 2 == 0 ? make(change, content) : void();
  for (std::size_t at = 0; at < change.bytes.size(); at += kSectorBytes) {
    Change sector{change.offset + at, change.bytes.substr(at, kSectorBytes)};
    const std::uint64_t fate = random.next() % 3;
    if (fate == 0) continue;
    if (fate == 1) random.fill({reinterpret_cast<std::uint8_t*>(sector.bytes.data()), sector.bytes.size()});
    make(sector, content);
  }
}

// What the disk holds for sure of one file, and what came since.
struct Disk {
  std::string synced;
  std::vector<Change> since;
  bool deleted = false;
  void sync() {
    for (const Change& change : since) make(change, synced);
    since.clear();
  }
};

std::string read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The real file follows this in memory.
struct File {
  sqlite3_file base;
  FaultVfs::Impl* vfs;
  Disk* disk;  // null for files without a name
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
File* of(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
const sqlite3_io_methods* real_methods(sqlite3_file* file) {
  return of(file)->real()->pMethods;
}

}  // namespace

struct FaultVfs::Impl {
  std::string name;
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs shim{};
  mutable std::mutex mutex;  // guards all below
  std::map<std::string, Disk> disks;
  std::uint64_t operations = 0;
  std::optional<std::uint64_t> fail_at, crash_at;
  bool full = false, dead = false, fired = false;

  // Counts one operation; true if it has to fail.
  bool fails(bool writes = false) {
    const std::lock_guard lock(mutex);
    const std::uint64_t number = operations++;
    if (crash_at && number >= *crash_at) dead = fired = true;
    if (fail_at && number == *fail_at) return fired = true;
    return dead || (full && writes);
  }
  bool is_dead() const {
    const std::lock_guard lock(mutex);
    return dead;
  }
  void note(Disk* disk, Change change) {
    const std::lock_guard lock(mutex);
    if (disk != nullptr) disk->since.push_back(std::move(change));
  }
  Disk* disk_of(const char* path) {
    const std::lock_guard lock(mutex);
    const auto [at, fresh] = disks.try_emplace(path);
    if (fresh) at->second.synced = read_whole(path);
    at->second.deleted = false;
    return &at->second;
  }
};

namespace {

int file_close(sqlite3_file* file) {
  return real_methods(file) == nullptr ? SQLITE_OK : real_methods(file)->xClose(of(file)->real());
}

int file_read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  if (of(file)->vfs->fails()) return SQLITE_IOERR_READ;
  return real_methods(file)->xRead(of(file)->real(), into, size, offset);
}

int file_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  const bool fails = of(file)->vfs->fails(true);
  if (of(file)->vfs->is_dead()) return SQLITE_IOERR_WRITE;
  const int written = fails ? size / 2 : size;
  const int code = real_methods(file)->xWrite(of(file)->real(), from, written, offset);
  if (code != SQLITE_OK) return code;
  const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(written));
  of(file)->vfs->note(of(file)->disk, {static_cast<std::size_t>(offset), std::string(bytes)});
  return fails ? SQLITE_FULL : SQLITE_OK;
}

int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (of(file)->vfs->fails(true)) return SQLITE_IOERR_TRUNCATE;
  of(file)->vfs->note(of(file)->disk, {static_cast<std::size_t>(size), {}, true});
  return real_methods(file)->xTruncate(of(file)->real(), size);
}

// The real sync is left out: only a real crash would need it.
int file_sync(sqlite3_file* file, int) {
  if (of(file)->vfs->fails(true)) return SQLITE_IOERR_FSYNC;
  const std::lock_guard lock(of(file)->vfs->mutex);
  if (of(file)->disk != nullptr) of(file)->disk->sync();
  return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real_methods(file)->xFileSize(of(file)->real(), size);
}
int file_lock(sqlite3_file* file, int level) {
  return real_methods(file)->xLock(of(file)->real(), level);
}
int file_unlock(sqlite3_file* file, int level) {
  return real_methods(file)->xUnlock(of(file)->real(), level);
}
int file_check_reserved(sqlite3_file* file, int* held) {
  return real_methods(file)->xCheckReservedLock(of(file)->real(), held);
}
int file_control(sqlite3_file* file, int what, void* argument) {
  return real_methods(file)->xFileControl(of(file)->real(), what, argument);
}
int file_sector_size(sqlite3_file* file) {
  return real_methods(file)->xSectorSize(of(file)->real());
}
int file_characteristics(sqlite3_file* file) {
  return real_methods(file)->xDeviceCharacteristics(of(file)->real());
}
int file_shm_map(sqlite3_file* file, int region, int size, int extend, volatile void** memory) {
  if (of(file)->vfs->fails()) return SQLITE_IOERR_SHMMAP;
  return real_methods(file)->xShmMap(of(file)->real(), region, size, extend, memory);
}
int file_shm_lock(sqlite3_file* file, int offset, int count, int flags) {
  return real_methods(file)->xShmLock(of(file)->real(), offset, count, flags);
}
void file_shm_barrier(sqlite3_file* file) {
  real_methods(file)->xShmBarrier(of(file)->real());
}
int file_shm_unmap(sqlite3_file* file, int remove) {
  return real_methods(file)->xShmUnmap(of(file)->real(), remove);
}
int file_fetch(sqlite3_file*, sqlite3_int64, int, void** memory) {
  *memory = nullptr;  // "not mapped": reads go through xRead, where they can fail
  return SQLITE_OK;
}
int file_unfetch(sqlite3_file*, sqlite3_int64, void*) {
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods = {3,
                                         file_close,
                                         file_read,
                                         file_write,
                                         file_truncate,
                                         file_sync,
                                         file_size,
                                         file_lock,
                                         file_unlock,
                                         file_check_reserved,
                                         file_control,
                                         file_sector_size,
                                         file_characteristics,
                                         file_shm_map,
                                         file_shm_lock,
                                         file_shm_barrier,
                                         file_shm_unmap,
                                         file_fetch,
                                         file_unfetch};

FaultVfs::Impl& impl_of(sqlite3_vfs* vfs) {
  return *static_cast<FaultVfs::Impl*>(vfs->pAppData);
}

int vfs_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* flags_out) {
  FaultVfs::Impl& impl = impl_of(vfs);
  file->pMethods = nullptr;
  if (impl.fails()) return SQLITE_CANTOPEN;
  File* mine = of(file);
  mine->vfs = &impl;
  mine->disk = path == nullptr ? nullptr : impl.disk_of(path);
  const int code = impl.real->xOpen(impl.real, path, mine->real(), flags, flags_out);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

// Taken as done at once: SQLite syncs the folder after it where that matters.
int vfs_delete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  FaultVfs::Impl& impl = impl_of(vfs);
  if (impl.fails()) return SQLITE_IOERR_DELETE;
  {
    const std::lock_guard lock(impl.mutex);
    if (const auto at = impl.disks.find(path); at != impl.disks.end()) at->second = {{}, {}, true};
  }
  return impl.real->xDelete(impl.real, path, sync_folder);
}

}  // namespace

FaultVfs::FaultVfs() : impl_(std::make_unique<Impl>()) {
  sqlite3_initialize();
  impl_->real = sqlite3_vfs_find(nullptr);
  impl_->name = "fault" + std::to_string(reinterpret_cast<std::uintptr_t>(impl_.get()));
  impl_->shim = *impl_->real;
  impl_->shim.pNext = nullptr;
  impl_->shim.zName = impl_->name.c_str();
  impl_->shim.pAppData = impl_.get();
  impl_->shim.szOsFile = static_cast<int>(sizeof(File)) + impl_->real->szOsFile;
  impl_->shim.xOpen = vfs_open;
  impl_->shim.xDelete = vfs_delete;
  sqlite3_vfs_register(&impl_->shim, 0);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&impl_->shim);
}

const char* FaultVfs::name() const {
  return impl_->name.c_str();
}

void FaultVfs::fail_at(std::uint64_t nth) {
  calm();
  const std::lock_guard lock(impl_->mutex);
  impl_->fail_at = impl_->operations + nth;
}

void FaultVfs::fill_disk() {
  calm();
  const std::lock_guard lock(impl_->mutex);
  impl_->full = impl_->fired = true;
}

void FaultVfs::crash_at(std::uint64_t nth) {
  calm();
  const std::lock_guard lock(impl_->mutex);
  impl_->crash_at = impl_->operations + nth;
}

void FaultVfs::calm() {
  const std::lock_guard lock(impl_->mutex);
  impl_->fail_at.reset();
  impl_->crash_at.reset();
  impl_->full = impl_->dead = impl_->fired = false;
}

bool FaultVfs::fired() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->fired;
}

std::uint64_t FaultVfs::operations() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->operations;
}

void FaultVfs::restart(Unsynced unsynced, std::uint64_t seed) {
  calm();
  SeededRandom random(seed);
  const std::lock_guard lock(impl_->mutex);
  for (auto& [path, disk] : impl_->disks) {
    if (disk.deleted) continue;
    std::string content = disk.synced;
    for (const Change& change : disk.since) {
      if (unsynced == Unsynced::kKept) make(change, content);
      if (unsynced == Unsynced::kTrashed) make_trashed(change, content, random);
    }
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    // Shared memory does not survive a machine. (It is not opened through xOpen, so it is no disk of ours.)
    std::filesystem::remove(path + "-shm");
  }
  impl_->disks.clear();
}

}  // namespace fleethook::sqlite
