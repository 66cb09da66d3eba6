-- What wrk sends: a request for each token of a file, one after the other. ARGUMENTS: FILE METHOD

local requests, next_one = {}, 0

function init(arguments)
    for token in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format(arguments[2], nil, { Authorization = "Bearer " .. token })
    end
end

function request()
    next_one = next_one % #requests + 1
    return requests[next_one]
end

function done(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format(
        '{"answers": %d, "seconds": %f, "failed": %d, "p50_ms": %f, "p95_ms": %f, "max_ms": %f}\n',
        summary.requests, summary.duration / 1e6, failed,
        latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency.max / 1e3))
end
