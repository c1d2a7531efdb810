wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local number = 0
request = function()
    number = number + 1
    return wrk.format(nil, nil, nil, '{"text": "message ' .. number .. ' of a benchmark"}')
end
