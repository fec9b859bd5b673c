-- With a number behind "--", wrk sends POST requests with a body of so many bytes instead of GET.
function init(args)
  if args[1] then
    wrk.method = 'POST'
    wrk.body = string.rep('x', tonumber(args[1]))
  end
end

-- wrk rounds what it prints for people; this prints what it counted, as one line of JSON that bench/load.ts reads.
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\n@@{"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"max":%d,"loaderCpuSeconds":%.3f,' ..
    '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max, os.clock(),
    e.connect, e.read, e.write, e.timeout, e.status))
end
