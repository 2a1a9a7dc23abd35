#include "sqlite/group_writer.h"

#include <algorithm>
#include <future>
#include <optional>
#include <span>
#include <utility>

#include "sqlite/checkpointer.h"

namespace fleethook::sqlite {
namespace {

using Works = std::vector<std::unique_ptr<Work>>;

// Of one transaction: some 20 milliseconds.
constexpr std::size_t kRowsPerGroupMax = 8192;

Result<void> run_statement(Database& database, const char* sql) {
  FLEETHOOK_TRY(Statement statement, database.prepare(sql));
  return statement.run();
}

constexpr const char* kCommit = "commit";

// What became of each work of a group; `failed` when the group as a whole was undone.
struct Outcome {
  std::vector<std::pair<std::size_t, Error>> own_errors;  // of isolated works, by index, ascending
  std::optional<Error> failed;
  std::optional<std::size_t> culprit;  // whose run() failed the group; nullopt: no work's
};

using MayCommit = std::function<Result<void>()>;
using Isolates = std::function<bool(const Work&)>;

// In a savepoint. An error that made SQLite roll back everything (disk full, I/O) is returned; the work's own goes to
// `outcome`.
Result<void> run_isolated(Database& database, Work& work, std::size_t index, Outcome& outcome) {
  FLEETHOOK_CHECK(run_statement(database, "SAVEPOINT work"));
  auto result = work.run(database);
  if (!database.in_transaction()) return result;
  if (result.ok()) return run_statement(database, "RELEASE work");
  FLEETHOOK_CHECK(run_statement(database, "ROLLBACK TO work"));
  FLEETHOOK_CHECK(run_statement(database, "RELEASE work"));
  outcome.own_errors.emplace_back(index, std::move(result).error());
  return {};
}

Result<void> run_all(Database& database,
                     std::span<const std::unique_ptr<Work>> group,
                     const Isolates& isolates,
                     const MayCommit& may_commit,
                     Outcome& outcome) {
  FLEETHOOK_CHECK(run_statement(database, "BEGIN IMMEDIATE"));
  for (std::size_t i = 0; i < group.size(); ++i) {
    Work& work = *group[i];
    outcome.culprit = i;
    FLEETHOOK_CHECK(isolates(work) ? run_isolated(database, work, i, outcome) : work.run(database));
    // A work may take an error lightly after which SQLite has undone everything; the next one would commit by itself.
    if (!database.in_transaction()) return Error{Fault::kUnavailable, "database: the transaction was undone"};
  }
  outcome.culprit.reset();
  if (may_commit) FLEETHOOK_CHECK(may_commit());
  return run_statement(database, "COMMIT");
}

Outcome commit_group(Database& database,
                     std::span<const std::unique_ptr<Work>> group,
                     const Isolates& isolates,
                     const MayCommit& may_commit) {
  Outcome outcome;
  auto result = run_all(database, group, isolates, may_commit, outcome);
  if (result.ok()) return outcome;
  outcome.failed = std::move(result).error();
  // Most errors leave the transaction open, some have closed it already. Should ROLLBACK itself fail, SQLite has rolled
  // back.
  if (database.in_transaction()) (void)run_statement(database, "ROLLBACK").ok();
  return outcome;
}

void answer(std::span<const std::unique_ptr<Work>> group, const Outcome& outcome) {
  auto own = outcome.own_errors.begin();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (own != outcome.own_errors.end() && own->first == i) {
      group[i]->done(own->second);
      ++own;
    } else if (outcome.failed) {
      // Nothing is wrong with the others: they may be tried again as they are.
      const bool own_fault = !outcome.culprit || *outcome.culprit == i;
      group[i]->done(own_fault ? *outcome.failed : Error{Fault::kUnavailable, outcome.failed->message});
    } else {
      group[i]->done({});
    }
  }
}

// The work of run_and_wait.
class Awaited final : public Work {
 public:
  Awaited(const char* kind, std::function<Result<void>(Database&)> write, std::function<void()> committed)
      : kind_(kind), write_(std::move(write)), committed_(std::move(committed)) {}
  std::future<Result<void>> future() { return promise_.get_future(); }
  Result<void> run(Database& database) override { return write_(database); }
  bool isolated() const override { return true; }
  const char* kind() const override { return kind_; }
  bool ends_group() const override { return committed_ != nullptr; }
  void done(Result<void> result) override {
    if (result.ok() && committed_) committed_();
    promise_.set_value(std::move(result));
  }

 private:
  const char* kind_;
  std::function<Result<void>(Database&)> write_;
  std::function<void()> committed_;
  std::promise<Result<void>> promise_;
};

}  // namespace

struct GroupWriter::Impl {
  Impl(std::unique_ptr<Database> connection, std::int64_t log_pages) : database(std::move(connection)) {
    auto another = database->open_another(OpenMode::kReadWriteCreate);
    if (!another) return;  // then commits copy the log themselves, as SQLite does
    database->stop_own_checkpoints();
    checkpointer = std::make_unique<Checkpointer>(std::move(*another), log_pages);
  }

  std::unique_ptr<Database> database;  // the thread's own
  std::unique_ptr<Checkpointer> checkpointer;
  mutable std::mutex mutex;
  std::condition_variable arrived;
  Works pending;          // guarded by mutex, as all below
  bool sleeping = false;  // nobody needs to wake a writer that works
  bool stopping = false;
  WriterStats stats;
  std::string last_failure;
  std::vector<WorkKind> kinds;
  bool any_failing = false;  // of them
  MayCommit may_commit;      // the thread's own
  std::thread thread;

  // False: nothing more will come.
  bool take(Works& into) {
    into.clear();
    std::unique_lock lock(mutex);
    while (pending.empty()) {
      if (stopping) return false;
      sleeping = true;
      arrived.wait(lock);
      sleeping = false;
    }
    into.swap(pending);
    return true;
  }

  // `wrote`: something went to the disk. A transaction that changes nothing succeeds on a full one too.
  void note(std::span<const std::unique_ptr<Work>> group, const Outcome& outcome, bool wrote) {
    const std::lock_guard lock(mutex);
    stats.works += group.size();
    for (const auto& [index, error] : outcome.own_errors) note(group[index]->kind(), &error);
    if (outcome.failed) {
      ++stats.failures;
      last_failure = outcome.failed->message;
      return note(outcome.culprit ? group[*outcome.culprit]->kind() : kCommit, &*outcome.failed);
    }
    ++stats.commits;
    last_failure.clear();
    if (!any_failing || !wrote) return;
    note(kCommit, nullptr);
    auto own = outcome.own_errors.begin();
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (own != outcome.own_errors.end() && own->first == i) {
        ++own;
      } else {
        note(group[i]->kind(), nullptr);
      }
    }
  }

  // With the lock. `error`: nullptr when it went well. What a work's own rules refuse is no failure of ours.
  void note(const char* kind, const Error* error) {
    if (error != nullptr && !comes_from_database(*error) && kind != kCommit) return;
    auto found = std::ranges::find(kinds, kind, &WorkKind::name);
    if (found == kinds.end()) {
      if (error == nullptr) return;
      found = kinds.insert(found, WorkKind{kind, 0, {}});
    }
    if (error != nullptr) ++found->failures;
    found->failing = error == nullptr ? std::string() : error->message;
    any_failing = std::ranges::any_of(kinds, [](const WorkKind& one) { return !one.failing.empty(); });
  }

  // Whether another one of its kind took a group down, and none succeeded since.
  bool fails(const char* kind) const {
    const std::lock_guard lock(mutex);
    if (!any_failing) return false;
    const auto found = std::ranges::find(kinds, kind, &WorkKind::name);
    return found != kinds.end() && !found->failing.empty();
  }

  void loop() {
    Works works;
    const Isolates isolates = [this](const Work& work) {
      return work.isolated() || (work.may_be_isolated() && fails(work.kind()));
    };
    while (take(works)) {
      std::span<const std::unique_ptr<Work>> rest(works);
      while (!rest.empty()) {
        const auto group = rest.first(group_size(rest));
        rest = rest.subspan(group.size());
        const std::uint64_t before = database->logged_commits();
        const Outcome outcome = commit_group(*database, group, isolates, may_commit);
        note(group, outcome, checkpointer == nullptr || database->logged_commits() != before);
        answer(group, outcome);
        if (checkpointer) checkpointer->committed(*database);
      }
    }
  }

  static std::size_t group_size(std::span<const std::unique_ptr<Work>> works) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < works.size(); ++i) {
      rows += works[i]->rows();
      if (works[i]->ends_group() || rows >= kRowsPerGroupMax) return i + 1;
    }
    return works.size();
  }
};

GroupWriter::GroupWriter(std::unique_ptr<Database> database, std::int64_t log_pages)
    : impl_(std::make_unique<Impl>(std::move(database), log_pages)) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->loop(); });
}

GroupWriter::~GroupWriter() {
  if (impl_->thread.joinable()) finish();
}

std::unique_ptr<Database> GroupWriter::finish() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->arrived.notify_one();
  impl_->thread.join();
  impl_->checkpointer.reset();
  return std::move(impl_->database);
}

void GroupWriter::submit(std::unique_ptr<Work> work) {
  bool wake = false;
  {
    const std::lock_guard lock(impl_->mutex);
    wake = impl_->sleeping && impl_->pending.empty();
    impl_->pending.push_back(std::move(work));
  }
  if (wake) impl_->arrived.notify_one();
}

Result<void> GroupWriter::run_and_wait(std::function<Result<void>(Database&)> write,
                                       std::function<void()> committed,
                                       const char* kind) {
  FLEETHOOK_ASSERT(std::this_thread::get_id() != impl_->thread.get_id());
  auto work = std::make_unique<Awaited>(kind, std::move(write), std::move(committed));
  auto future = work->future();
  submit(std::move(work));
  return future.get();
}

void GroupWriter::guard_commits(std::function<Result<void>()> may_commit) {
  (void)run_and_wait([&](Database&) -> Result<void> {
    impl_->may_commit = std::move(may_commit);
    return {};
  }).ok();
}

void GroupWriter::probe() {
  if (!impl_->fails(kCommit)) return;
  // Writes a page though nothing changes.
  (void)run_and_wait([](Database& database) { return database.execute("PRAGMA user_version = 1"); }, nullptr, kCommit)
      .ok();
}

std::vector<WorkKind> GroupWriter::kinds() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->kinds;
}

void GroupWriter::note(const char* kind, const Result<void>& result) {
  const std::lock_guard lock(impl_->mutex);
  if (!result.ok() || impl_->any_failing) impl_->note(kind, result.ok() ? nullptr : &result.error());
}

WriterStats GroupWriter::stats() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats;
}

std::string GroupWriter::last_failure() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last_failure;
}

}  // namespace fleethook::sqlite
