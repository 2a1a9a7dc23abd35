-- wrk posts numbered events, over products and names in turn, until a file appears; then it lets every request be answered, stops and
-- removes the file, so that what was published is known exactly. wrk itself sleeps on until it is interrupted.
--   wrk -t1 -s numbered.lua URL -- STOP_FILE TOKEN NAMES PRODUCT...      NAMES with commas between them
-- Prints one JSON object at the end. Latencies are wrk's, corrected for what its closed loop leaves out.
issued, accepted, refused = 0, 0, 0
local stop_file, products, names, headers = nil, {}, {}, {}
local verified, closing = false, false

function init(args)
  stop_file = args[1]
  headers["Authorization"], headers["Content-Type"] = "Bearer " .. args[2], "application/json"
  for name in args[3]:gmatch("[^,]+") do names[#names + 1] = name end
  for i = 4, #args do products[#products + 1] = "/v1/products/" .. args[i] .. "/events" end
end

local function there(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

function request()
  if verified and issued % 100 == 0 and not closing then closing = there(stop_file) end
  if closing then return wrk.format("GET", "/not-there") end   -- while the last ones are being answered
  local number = issued
  if verified then issued = issued + 1 end   -- the first is for wrk's eyes only
  verified = true
  local body = string.format('{"name":"%s","data":"%d"}', names[math.floor(number / #products) % #names + 1], number)
  return wrk.format("POST", products[number % #products + 1], headers, body)
end

function response(status)
  if status == 200 then
    accepted = accepted + 1
  elseif status ~= 404 then
    refused = refused + 1
  end
  if closing and accepted + refused == issued then
    os.remove(stop_file)
    wrk.thread:stop()
  end
end

local only
function setup(thread) only = thread end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('{"issued":%d,"accepted":%d,"refused":%d,"broken":%d,"seconds":%.3f,"p999_ms":%.1f,"max_ms":%.1f}\n',
    only:get("issued"), only:get("accepted"), only:get("refused"), errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(99.9) / 1e3, latency.max / 1e3))
end
