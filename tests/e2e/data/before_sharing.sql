-- A data folder as the version before organizations could separate, stage and pause left it: two products, an integration of both with five successes,
-- one webhook with an error, one of a user's own. Addresses and access token are of that day; the test puts in its own.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version(part TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO schema_version VALUES('queue',1);
INSERT INTO schema_version VALUES('store',2);
CREATE TABLE user (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  username TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  account_info TEXT NOT NULL,           -- JSON
  administrator INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO user VALUES(1,X'6b05b0143dae33206719a161','admin@example.com','$argon2id$v=19$m=65536,t=2,p=1$7x1desHKHB/DPAPw1B2e0w$DbncKj7ONfN2SkiAVQ7T4TlwX99z1JyvwFUKJjouMBg','{}',1,1795534868020632);
INSERT INTO user VALUES(2,X'6b05b0149e2286575dbfd722','ada@example.com','$argon2id$v=19$m=65536,t=2,p=1$wtaYdD+IrDxv8qzxEtFnyA$GyBjK8K6WNYC7/nNYePP9XLYx4X2yLUNJTsBp22Z3io','{}',0,1795534868645639);
CREATE TABLE access_token (
  digest BLOB PRIMARY KEY,              -- BLAKE2b-256 of the token, which itself is kept nowhere
  user BLOB NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  client TEXT NOT NULL,
  expires_at INTEGER,                   -- NULL: never
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO access_token VALUES(X'd36166e56f74b7a59ed5ccec8960db0acc849321a144848212b6045a96232138',X'6b05b0143dae33206719a161','fleethook-init',NULL,1795534868022809);
CREATE TABLE organization (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  group_identical TEXT NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO organization VALUES(1,X'6b05b0146c36b441074ed9bf','acme','acme','enterprise','auto',X'6b05b0143dae33206719a161',1795534868158979);
CREATE TABLE team_member (
  organization BLOB NOT NULL REFERENCES organization(id) ON DELETE CASCADE,
  user BLOB NOT NULL REFERENCES user(id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  PRIMARY KEY (organization, user)
) STRICT, WITHOUT ROWID;
INSERT INTO team_member VALUES(X'6b05b0146c36b441074ed9bf',X'6b05b0143dae33206719a161','Owner',1795534868158979);
CREATE TABLE product (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  platform_id INTEGER NOT NULL,
  settings TEXT NOT NULL,               -- JSON
  organization BLOB REFERENCES organization(id),   -- NULL: owned by the user
  user BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
INSERT INTO product VALUES(10001,'acme-product-1','acme product 1','',13,'{}',X'6b05b0146c36b441074ed9bf',X'6b05b0143dae33206719a161',1795534868198924);
INSERT INTO product VALUES(10002,'acme-product-2','acme product 2','',13,'{}',X'6b05b0146c36b441074ed9bf',X'6b05b0143dae33206719a161',1795534868214888);
CREATE TABLE device (
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  product INTEGER REFERENCES product(id),          -- NULL: in no product
  owner BLOB REFERENCES user(id),                  -- NULL: unclaimed
  firmware_version TEXT NOT NULL,
  development INTEGER NOT NULL,
  last_heard INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO device VALUES(X'e00fce680000000000000001','',10001,X'6b05b0143dae33206719a161','',0,NULL);
CREATE TABLE integration (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  scope TEXT NOT NULL,                  -- 'sandbox', 'product', 'organization'
  user BLOB,
  organization BLOB REFERENCES organization(id),
  version INTEGER NOT NULL,             -- the current one
  created_by BLOB,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER                    -- NULL: alive
) STRICT;
INSERT INTO integration VALUES(1,X'6b05b0146659ff35e73a5917','organization',NULL,X'6b05b0146c36b441074ed9bf',1,X'6b05b0143dae33206719a161',1795534868666914,NULL);
INSERT INTO integration VALUES(2,X'6b05b014439772d5cb8b34b7','organization',NULL,X'6b05b0146c36b441074ed9bf',1,X'6b05b0143dae33206719a161',1795534868676991,NULL);
INSERT INTO integration VALUES(3,X'6b05b0141d122ef7742dd0fb','sandbox',X'6b05b0143dae33206719a161',NULL,1,X'6b05b0143dae33206719a161',1795534868692845,NULL);
CREATE TABLE integration_version (
  integration INTEGER NOT NULL REFERENCES integration(number),
  version INTEGER NOT NULL,
  config TEXT NOT NULL,                 -- JSON, the canonical form: only what differs from the defaults
  products TEXT NOT NULL,               -- JSON array of product numbers, ascending
  created_by BLOB,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (integration, version)
) STRICT, WITHOUT ROWID;
INSERT INTO integration_version VALUES(1,1,'{"body":"{{{PRODUCT_ID}}} {{{PARTICLE_EVENT_VALUE}}}","event":"old","integration_type":"Webhook","name":"Näme","url":"http://receiver.invalid/old"}','[10001,10002]',X'6b05b0143dae33206719a161',1795534868666914);
INSERT INTO integration_version VALUES(2,1,'{"event":"fails","integration_type":"Webhook","url":"http://receiver.invalid/fails"}','[10002]',X'6b05b0143dae33206719a161',1795534868676991);
INSERT INTO integration_version VALUES(3,1,'{"event":"mine","integration_type":"Webhook","url":"http://receiver.invalid/mine"}','[]',X'6b05b0143dae33206719a161',1795534868692845);
CREATE TABLE placement (
  integration INTEGER NOT NULL REFERENCES integration(number),
  product INTEGER NOT NULL REFERENCES product(id),
  added_at INTEGER NOT NULL,
  removed_at INTEGER,                   -- NULL: still there
  PRIMARY KEY (integration, product)
) STRICT, WITHOUT ROWID;
INSERT INTO placement VALUES(1,10001,1795534868666914,NULL);
INSERT INTO placement VALUES(1,10002,1795534868666914,NULL);
INSERT INTO placement VALUES(2,10002,1795534868676991,NULL);
CREATE TABLE outcome (
  event INTEGER NOT NULL,               -- EventSeq of the queue
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  kind INTEGER NOT NULL,                -- 0 success, 1 error, 2 sleep
  status INTEGER NOT NULL,              -- HTTP; 0: no answer
  attempts INTEGER NOT NULL,
  version INTEGER NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,                -- microseconds from published_at
  PRIMARY KEY (event, integration)
) WITHOUT ROWID;
INSERT INTO outcome VALUES(1,1,10001,0,200,1,1,1795534868714824,14479);
INSERT INTO outcome VALUES(2,1,10002,0,200,1,1,1795534868716110,9317);
INSERT INTO outcome VALUES(3,1,10001,0,200,1,1,1795534868730763,11970);
INSERT INTO outcome VALUES(4,1,10002,0,200,1,1,1795534868736089,9259);
INSERT INTO outcome VALUES(5,1,10001,0,200,1,1,1795534868741636,6279);
INSERT INTO outcome VALUES(6,2,10002,1,422,1,1,1795534868755206,14311);
CREATE TABLE counters (
  day INTEGER NOT NULL,                 -- since 1970-01-01 UTC
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  success INTEGER NOT NULL,
  error INTEGER NOT NULL,
  sleep INTEGER NOT NULL,
  PRIMARY KEY (day, integration, product)
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES(20781,1,10001,3,0,0);
INSERT INTO counters VALUES(20781,1,10002,2,0,0);
INSERT INTO counters VALUES(20781,2,10002,0,1,0);
CREATE TABLE exchange (
  id INTEGER PRIMARY KEY,
  integration INTEGER NOT NULL,
  product INTEGER NOT NULL,
  success INTEGER NOT NULL,
  at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  took INTEGER NOT NULL,
  method TEXT NOT NULL,
  url TEXT NOT NULL,
  request_headers TEXT NOT NULL,        -- "name: value", one a line
  request_body BLOB NOT NULL,
  status INTEGER NOT NULL,
  response_headers TEXT NOT NULL,
  response_body BLOB NOT NULL,
  error TEXT NOT NULL,
  event_id BLOB NOT NULL,
  event_product INTEGER NOT NULL,
  event_owner BLOB,
  event_name TEXT NOT NULL,
  event_data BLOB,                      -- NULL: published without data
  event_publisher TEXT NOT NULL,
  event_published_at INTEGER NOT NULL,
  event_ttl INTEGER NOT NULL,           -- seconds
  event_public INTEGER NOT NULL,
  event_origin INTEGER NOT NULL,        -- 0 device, 1 API, 2 delivery
  event_hops INTEGER NOT NULL,
  event_product_version TEXT NOT NULL
) STRICT;
INSERT INTO exchange VALUES(1,1,10001,1,1795534868702139,1,1,12684,'POST','http://receiver.invalid/old',replace('User-Agent: Fleethook/0.1.0\nwebhook-id: 01a20e37-d0dc-7a0d-a1c9-7d3b41c5d39b\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'31303030312030',200,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','',X'01a20e37d0dc7ec48992bffa1ad5e875',10001,NULL,'old',X'30','api',1795534868700345,60,0,1,0,'');
INSERT INTO exchange VALUES(2,1,10002,1,1795534868714999,1,1,1111,'POST','http://receiver.invalid/old',replace('User-Agent: Fleethook/0.1.0\nwebhook-id: 01a20e37-d0e2-756b-ad94-0ec23121640f\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'31303030322031',200,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','',X'01a20e37d0e27b63ac16fe4e891a7110',10002,NULL,'old',X'31','api',1795534868706793,60,0,1,0,'');
INSERT INTO exchange VALUES(3,1,10001,1,1795534868722994,1,1,7769,'POST','http://receiver.invalid/old',replace('User-Agent: Fleethook/0.1.0\nwebhook-id: 01a20e37-d0ee-7edb-9f90-fe3a78081e31\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'31303030312032',200,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','',X'01a20e37d0ee78bf9d5420b09dbc6867',10001,NULL,'old',X'32','api',1795534868718793,60,0,1,0,'');
INSERT INTO exchange VALUES(4,1,10002,1,1795534868733485,1,1,2604,'POST','http://receiver.invalid/old',replace('User-Agent: Fleethook/0.1.0\nwebhook-id: 01a20e37-d0f6-71e2-8ca4-a811ebb39d07\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'31303030322033',200,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','',X'01a20e37d0f670febd2333f3e8a03e58',10002,NULL,'old',X'33','api',1795534868726830,60,0,1,0,'');
INSERT INTO exchange VALUES(5,1,10001,1,1795534868739012,1,1,2624,'POST','http://receiver.invalid/old',replace('User-Agent: Fleethook/0.1.0\nwebhook-id: 01a20e37-d0ff-70e6-bbcf-dc484972cdd1\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'31303030312034',200,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','',X'01a20e37d0ff7faba5c4f41d93940e86',10001,NULL,'old',X'34','api',1795534868735357,60,0,1,0,'');
INSERT INTO exchange VALUES(6,2,10002,0,1795534868752395,1,1,2811,'POST','http://receiver.invalid/fails',replace('User-Agent: Fleethook/0.1.0\nContent-Type: application/x-www-form-urlencoded\nwebhook-id: 01a20e37-d104-7f28-9c2c-be00229db6e2\nwebhook-timestamp: 1795534868\nfleethook-attempt: 1\n','\n',char(10)),X'6576656e743d6661696c7326646174613d78267075626c69736865645f61743d323032362d31312d3234543135253341343125334130382e3734305a26636f726569643d617069',422,replace('Date: Tue, 24 Nov 2026 15:41:08 GMT\nConnection: keep-alive\nKeep-Alive: timeout=60\nTransfer-Encoding: chunked\n','\n',char(10)),X'6f6b','error status 422 from 127.0.0.1',X'01a20e37d1047b07bac1eac719e25510',10002,NULL,'fails',X'78','api',1795534868740895,60,0,1,0,'');
CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY,
  integration INTEGER NOT NULL,
  event INTEGER NOT NULL,
  product INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  event_id BLOB NOT NULL,
  event_product INTEGER NOT NULL,
  event_owner BLOB,
  event_name TEXT NOT NULL,
  event_data BLOB,
  event_publisher TEXT NOT NULL,
  event_published_at INTEGER NOT NULL,
  event_ttl INTEGER NOT NULL,
  event_public INTEGER NOT NULL,
  event_origin INTEGER NOT NULL,
  event_hops INTEGER NOT NULL,
  event_product_version TEXT NOT NULL,
  UNIQUE (integration, event)
) STRICT;
INSERT INTO dead_letter VALUES(1,2,6,10002,1,1,422,1795534868755206,'error status 422 from 127.0.0.1',X'01a20e37d1047b07bac1eac719e25510',10002,NULL,'fails',X'78','api',1795534868740895,60,0,1,0,'');
CREATE TABLE event(             -- accepted; kept after delivery for replay, until pruned from the oldest on
  seq INTEGER PRIMARY KEY,      -- without gaps
  id BLOB NOT NULL,
  product INTEGER NOT NULL,     -- 0: none
  owner BLOB,
  name TEXT NOT NULL,
  data TEXT,                    -- as published, which need not be UTF-8
  publisher TEXT NOT NULL,
  published_at INTEGER NOT NULL,
  ttl INTEGER NOT NULL,
  origin INTEGER NOT NULL,      -- 0 device, 1 api
  public INTEGER NOT NULL,
  hops INTEGER NOT NULL,
  version TEXT NOT NULL,        -- of the device's firmware
  stored_before INTEGER NOT NULL  -- bytes of all events accepted before this one
);
INSERT INTO event VALUES(1,X'01a20e37d0dc7ec48992bffa1ad5e875',10001,NULL,'old','0','api',1795534868700345,60,1,0,0,'',0);
INSERT INTO event VALUES(2,X'01a20e37d0e27b63ac16fe4e891a7110',10002,NULL,'old','1','api',1795534868706793,60,1,0,0,'',71);
INSERT INTO event VALUES(3,X'01a20e37d0ee78bf9d5420b09dbc6867',10001,NULL,'old','2','api',1795534868718793,60,1,0,0,'',142);
INSERT INTO event VALUES(4,X'01a20e37d0f670febd2333f3e8a03e58',10002,NULL,'old','3','api',1795534868726830,60,1,0,0,'',213);
INSERT INTO event VALUES(5,X'01a20e37d0ff7faba5c4f41d93940e86',10001,NULL,'old','4','api',1795534868735357,60,1,0,0,'',284);
INSERT INTO event VALUES(6,X'01a20e37d1047b07bac1eac719e25510',10002,NULL,'fails','x','api',1795534868740895,60,1,0,0,'',355);
CREATE TABLE lane(              -- destinations, by small numbers
  id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  tls INTEGER NOT NULL,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  UNIQUE(owner, host, port, tls)
);
INSERT INTO lane VALUES(1,'o:6b05b0146c36b441074ed9bf',0,'127.0.0.1',33081);
CREATE TABLE ready(             -- deliveries that were never tried
  lane INTEGER NOT NULL,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  version INTEGER NOT NULL,     -- of the integration's configuration
  PRIMARY KEY(lane, event, integration)
) WITHOUT ROWID;
CREATE TABLE retry(             -- deliveries that wait for another attempt; never in `ready` at the same time
  lane INTEGER NOT NULL,
  due INTEGER NOT NULL,
  event INTEGER NOT NULL,
  integration INTEGER NOT NULL,
  version INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  first_attempt_at INTEGER NOT NULL,
  PRIMARY KEY(lane, due, event, integration)
) WITHOUT ROWID;
CREATE TABLE high_water(        -- where numbering goes on when all events were pruned: 'seq', 'stored'
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('product',10002);
INSERT INTO sqlite_sequence VALUES('organization',1);
INSERT INTO sqlite_sequence VALUES('integration',3);
CREATE INDEX access_token_by_user ON access_token(user);
CREATE INDEX team_member_by_user ON team_member(user);
CREATE INDEX device_by_owner ON device(owner) WHERE owner IS NOT NULL;
CREATE INDEX exchange_newest ON exchange(integration, success, product, at, id);
CREATE INDEX dead_letter_newest ON dead_letter(integration, at, id);
CREATE UNIQUE INDEX retry_key ON retry(lane, event, integration);
COMMIT;
