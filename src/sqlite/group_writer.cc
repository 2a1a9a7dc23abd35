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

// What became of each work of a group; `failed` when the group as a whole was undone.
struct Outcome {
  std::vector<std::pair<std::size_t, Error>> own_errors;  // of isolated works, by index, ascending
  std::optional<Error> failed;
};

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

Result<void> run_all(Database& database, std::span<const std::unique_ptr<Work>> group, Outcome& outcome) {
  FLEETHOOK_CHECK(run_statement(database, "BEGIN IMMEDIATE"));
  for (std::size_t i = 0; i < group.size(); ++i) {
    Work& work = *group[i];
    FLEETHOOK_CHECK(work.isolated() ? run_isolated(database, work, i, outcome) : work.run(database));
    // A work may take an error lightly after which SQLite has undone everything; the next one would commit by itself.
    if (!database.in_transaction()) return Error{Fault::kUnavailable, "database: the transaction was undone"};
  }
  return run_statement(database, "COMMIT");
}

Outcome commit_group(Database& database, std::span<const std::unique_ptr<Work>> group) {
  Outcome outcome;
  auto result = run_all(database, group, outcome);
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
      group[i]->done(*outcome.failed);
    } else {
      group[i]->done({});
    }
  }
}

// The work of run_and_wait.
class Awaited final : public Work {
 public:
  Awaited(std::function<Result<void>(Database&)> write, std::function<void()> committed)
      : write_(std::move(write)), committed_(std::move(committed)) {}
  std::future<Result<void>> future() { return promise_.get_future(); }
  Result<void> run(Database& database) override { return write_(database); }
  bool isolated() const override { return true; }
  bool ends_group() const override { return committed_ != nullptr; }
  void done(Result<void> result) override {
    if (result.ok() && committed_) committed_();
    promise_.set_value(std::move(result));
  }

 private:
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

  void note(std::size_t works, const Outcome& outcome) {
    const std::lock_guard lock(mutex);
    stats.works += works;
    if (outcome.failed) {
      ++stats.failures;
      last_failure = outcome.failed->message;
    } else {
      ++stats.commits;
      last_failure.clear();
    }
  }

  void loop() {
    Works works;
    while (take(works)) {
      std::span<const std::unique_ptr<Work>> rest(works);
      while (!rest.empty()) {
        const auto group = rest.first(group_size(rest));
        rest = rest.subspan(group.size());
        const Outcome outcome = commit_group(*database, group);
        note(group.size(), outcome);
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
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->arrived.notify_one();
  impl_->thread.join();
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

Result<void> GroupWriter::run_and_wait(std::function<Result<void>(Database&)> write) {
  return run_and_wait(std::move(write), nullptr);
}

Result<void> GroupWriter::run_and_wait(std::function<Result<void>(Database&)> write, std::function<void()> committed) {
  FLEETHOOK_ASSERT(std::this_thread::get_id() != impl_->thread.get_id());
  auto work = std::make_unique<Awaited>(std::move(write), std::move(committed));
  auto future = work->future();
  submit(std::move(work));
  return future.get();
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
