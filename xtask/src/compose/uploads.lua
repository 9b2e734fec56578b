-- For wrk: uploads as workstations make them, each request the next segment of one of this thread's recordings.
-- Arguments: the number of threads, the segment's file, its Content-Digest, its samples, the first number, and the
-- recordings' file: a line for each with its id, its workstation's token and address.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local file = assert(io.open(args[2], "rb"))
  flac = file:read("*a")
  file:close()
  digest, samples, seq = args[3], tonumber(args[4]), tonumber(args[5])
  recordings, turn = {}, 0
  local line_number = 0
  for line in io.lines(args[6]) do
    if line_number % tonumber(args[1]) == number then
      local id, token, address = line:match("(%S+) (%S+) (%S+)")
      recordings[#recordings + 1] = { id = id, token = "Bearer " .. token, address = address }
    end
    line_number = line_number + 1
  end
end

function request()
  turn = turn + 1
  if turn > #recordings then
    turn, seq = 1, seq + 1
  end
  local it = recordings[turn]
  local header = "start=%d, samples=%d, speech=%d, peak=8000"
  local headers = {
    ["Authorization"] = it.token,
    ["X-Forwarded-For"] = it.address,
    ["Content-Type"] = "audio/flac",
    ["Content-Digest"] = digest,
    ["Segment"] = header:format(seq * samples, samples, samples / 2),
  }
  return wrk.format("PUT", "/api/v1/recordings/" .. it.id .. "/segments/" .. seq, headers, flac)
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("result %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.status, lost))
end
