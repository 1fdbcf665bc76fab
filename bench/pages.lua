-- For wrk: reads a history page by page, each connection from its newest page to its oldest.
-- Arguments: path, records, records of a page, key.
local path, records, size, key
local before

function init(args)
	path, records, size, key = args[1], tonumber(args[2]), tonumber(args[3]), args[4]
	before = math.random(1, math.floor(records / size)) * size + 1
	wrk.headers["Authorization"] = "Bearer " .. key
end

function request()
	local page = path .. "?form=record&limit=" .. size .. "&cursor=" .. before
	before = before - size
	if before <= size then
		before = records + 1
	end
	return wrk.format("GET", page)
end

function done(summary, latency)
	io.write(string.format("requests=%d us=%d p50=%d p99=%d errors=%d\n", summary.requests,
		summary.duration, latency:percentile(50), latency:percentile(99),
		summary.errors.connect + summary.errors.read + summary.errors.write +
		summary.errors.status + summary.errors.timeout))
end
