package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
)

// fact is one field of the evidence of an alert, in words.
type fact struct {
	Name   string
	Label  string
	Values []string
}

// unit says how the value of a field of evidence is written.
type unit uint8

const (
	plain unit = iota
	metres
	speed
	percent
	share
	hours
	minutes
	days
	moment
	colour
	level
	form
	verify
	position
)

// field is what is known of a field of evidence.
type field struct {
	name   string
	zh, en string
	unit   unit
}

// fields are those that the rules give, in the order in which people read them.
func fields() []field {
	return []field{
		{"form", "表现", "form", form},
		{"verify", "签到核验", "verified by", verify},
		{"zone", "相关区域", "zone", plain},
		{"position", "首个位置", "first position", position},
		{"distance_m", "距离", "distance", metres},
		{"buffer_m", "边界缓冲", "buffer at the border", metres},
		{"within_m", "判定范围", "counts within", metres},
		{"radius_m", "住所范围半径", "radius of the home", metres},
		{"accuracies_m", "双方定位误差合计", "both accuracies together", metres},
		{"speed_kmh", "推算速度", "implied speed", speed},
		{"limit_kmh", "可信速度上限", "fastest that is believed", speed},
		{"hours", "持续", "lasting", hours},
		{"after_min", "已无定位", "without a position for", minutes},
		{"battery_pct", "电量", "battery", percent},
		{"fixes", "坐标相同的定位数", "identical fixes", plain},
		{"reports", "设备报告次数", "reports of the device", plain},
		{"windows_until", "未签到时段截止于", "windows missed, until", moment},
		{"challenge", "抽查编号", "challenge", plain},
		{"night", "夜间", "night of", plain},
		{"nights", "涉及夜间", "nights", plain},
		{"month", "月份", "month", plain},
		{"counted_from", "起算日", "counted from", moment},
		{"from", "脱管起始日", "absconding since", moment},
		{"days", "天数", "days", days},
		{"level", "管理类别", "management level", level},
		{"colour", "风险等级", "colour", colour},
		{"permit", "外出审批", "permit", plain},
		{"leave", "请假单", "leave", plain},
		{"travel", "经常性跨市县审批", "travel approval", plain},
		{"authority", "电子定位审批", "authority", plain},
		{"with", "另一对象", "other person", plain},
		{"subjects", "涉及对象", "people concerned", plain},
		{"devices", "设备数", "devices", plain},
		{"under_authority", "在管腕带数", "wristbands under authority", plain},
		{"share", "占比", "share", share},
		{"alerts", "待处置告警数", "alerts that wait", plain},
		{"missing_events", "缺失消息数", "messages missing", plain},
		{"given_up_events", "不再等待的消息数", "messages given up", plain},
		{"missing", "缺失的消息序号", "numbers missing", plain},
		{"first_reason", "首次拒收原因", "first refused as", plain},
		{"cell", "所在网格", "cell", plain},
		{"events", "依据的消息编号", "messages it rests on", plain},
		{"with_event", "另一方消息编号", "message of the other", plain},
	}
}

// evidence writes what an alert rests on as a table. What no rule of this version
// gives is shown under its own name. Hidden are positions where the reader may not
// see them.
func (l words) evidence(ev map[string]any, zone *time.Location, located bool) []fact {
	text, err := json.Marshal(ev) // values come from the rules, or from the store as JSON
	if err != nil {
		return nil
	}
	rest := map[string]any{}
	if json.Unmarshal(text, &rest) != nil {
		return nil
	}
	if !located {
		delete(rest, "position")
	}
	w := writer{l, zone}
	var out []fact
	for _, f := range fields() {
		if v, given := rest[f.name]; given {
			out = append(out, fact{f.name, l.T(f.zh, f.en), w.all(v, f.unit)})
			delete(rest, f.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		out = append(out, fact{name, name, w.all(rest[name], plain)})
	}
	return out
}

// writer writes values of evidence.
type writer struct {
	words
	zone *time.Location
}

// all writes a value, or each one of a list.
func (w writer) all(v any, u unit) []string {
	list, many := v.([]any)
	if !many {
		return []string{w.one(v, u)}
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, w.one(e, u))
	}
	return out
}

func (w writer) one(v any, u unit) string {
	switch v := v.(type) {
	case float64:
		return w.number(v, u)
	case string:
		return w.word(v, u)
	case bool:
		if v {
			return w.T("是", "yes")
		}
		return w.T("否", "no")
	case map[string]any:
		return w.composed(v, u)
	case []any:
		return w.span(v)
	}
	return w.T("无", "none")
}

// number writes a number with its unit.
func (w writer) number(v float64, u unit) string {
	n := strconv.FormatFloat(tenth(v), 'f', -1, 64)
	switch u {
	case metres:
		return w.metres(v)
	case speed:
		return n + w.T(" 公里/小时", " km/h")
	case percent:
		return n + " %"
	case share:
		return strconv.FormatFloat(tenth(v*100), 'f', -1, 64) + " %"
	case hours:
		return n + w.T(" 小时", " h")
	case minutes:
		return n + w.T(" 分钟", " min")
	case days:
		return n + w.T(" 天", " days")
	}
	return n
}

// metres writes a distance as people say it.
func (l words) metres(m float64) string {
	if m < 1000 {
		return fmt.Sprintf(l.T("%.0f 米", "%.0f m"), m)
	}
	return fmt.Sprintf(l.T("%.1f 公里", "%.1f km"), m/1000)
}

// word writes what is one of a few words, or an instant.
func (w writer) word(v string, u unit) string {
	switch u {
	case moment:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.In(w.zone).Format("2006-01-02 15:04")
		}
	case colour:
		if c, ok := parseColour(v); ok {
			return w.Colour(c)
		}
	case level:
		return w.LevelName(roster.Level(v))
	case form:
		return w.formName(v)
	case verify:
		if v == deviceOnly {
			return w.DeviceOnly()
		}
	}
	return v
}

// formName says in what form a kind showed itself.
func (l words) formName(v string) string {
	switch v {
	case "still":
		return l.T("腕带长时间静止", "the wristband lies still")
	case "apart":
		return l.T("签到位置与腕带分离", "checked in away from the wristband")
	case "mock":
		return l.T("模拟定位", "simulated position")
	case "rooted":
		return l.T("手机系统被改动", "phone tampered with")
	case "identical":
		return l.T("坐标完全相同", "identical coordinates")
	case "fingerprint":
		return l.T("多人共用一部手机", "one phone for several people")
	}
	return v
}

// deviceOnly is the verdict on a check-in that rests on the phone's password alone.
const deviceOnly = "device"

// DeviceOnly says what stands behind such a check-in.
func (l words) DeviceOnly() string {
	return l.T("仅凭设备口令，未核验本人", "device credential only, nobody verified who held it")
}

// composed writes a position, or any other object as its fields.
func (w writer) composed(v map[string]any, u unit) string {
	if u == position {
		lat, _ := v["lat"].(float64)
		lng, _ := v["lng"].(float64)
		accuracy, _ := v["accuracy_m"].(float64)
		source, _ := v["source"].(string)
		return fmt.Sprintf(w.T("北纬 %.5f°，东经 %.5f°（%s，误差约 %s）", "%.5f° N, %.5f° E (%s, within about %s)"),
			lat, lng, w.Source(source), w.metres(accuracy))
	}
	parts := make([]string, 0, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		parts = append(parts, name+" "+strings.Join(w.all(v[name], plain), ", "))
	}
	return strings.Join(parts, "; ")
}

// span writes a list within a list, such as first and last of a range.
func (w writer) span(v []any) string {
	parts := w.all(v, plain)
	if len(parts) == 2 && parts[0] == parts[1] {
		return parts[0]
	}
	return strings.Join(parts, "–")
}

// Source says how a position was found.
func (l words) Source(s string) string {
	switch s {
	case "gnss":
		return l.T("卫星定位", "satellites")
	case "ble":
		return l.T("蓝牙信标", "beacon")
	case "wifi":
		return "Wi-Fi"
	case "cell":
		return l.T("基站", "cell towers")
	}
	return l.T("来源不明", "unknown source")
}
