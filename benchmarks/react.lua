-- Each request is a reaction of somebody else to the message in the variable MESSAGE.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local number = 0
local message = os.getenv("MESSAGE")
local start = os.getenv("START")
request = function()
    number = number + 1
    return wrk.format(nil, nil, nil,
        '{"id": ' .. message .. ', "kind": "love", "key": "reader-of-the-wall-' .. start .. '-' .. number .. '"}')
end
delay = function()
    return 60
end
