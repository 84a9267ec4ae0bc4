package web

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// lettersShown is how many rejected messages the page lists.
const lettersShown = 20

// opsView is what operations look after.
type opsView struct {
	Letters    []letterRow
	Waiting    []waitingLetters // by reason
	Reason     string           // that is listed; empty: all
	More       int64            // those before; 0: there are none
	Thresholds *countingView    // nil: not asked for
}

// letterRow is a rejected message that waits: why and of what, not what it said.
type letterRow struct {
	Letter
	words
}

// Why says what was wrong.
func (r letterRow) Why() string { return r.words.rejection(r.Reason).what }

// Remedy says what to do before it is replayed.
func (r letterRow) Remedy() string { return r.words.rejection(r.Reason).remedy }

// Replayable tells whether the law let us keep what could be judged again.
func (r letterRow) Replayable() bool {
	return !slices.Contains([]string{"unknown_device", "unbound", "no_basis", "out_of_term", "released_person", "biometric_data"}, r.Letter.Reason)
}

// About is the kind of message. A topic that nobody agreed on may say anything: it is
// not repeated.
func (r letterRow) About() string {
	if slices.Contains([]string{"location", "checkin", "status"}, r.Letter.Kind) {
		return r.Letter.Kind
	}
	return r.T("其他", "other")
}

// waitingLetters counts those of a reason.
type waitingLetters struct {
	Reason, Label string
	N             int
}

func (s *Server) fillOps(r *http.Request, v *systemView) error {
	q := r.URL.Query()
	if v.Ops == nil {
		v.Ops = &opsView{}
	}
	o := v.Ops
	if o.Thresholds == nil && q.Get("show") == "thresholds" {
		o.Thresholds = &countingView{Days: 7}
	}
	if o.Thresholds != nil {
		s.fillThresholds(r, o.Thresholds)
		return nil
	}
	counts, err := s.deps.Letters.LetterCounts(r.Context())
	if err != nil {
		return err
	}
	for reason, n := range counts {
		o.Waiting = append(o.Waiting, waitingLetters{reason, v.rejection(reason).what, n})
	}
	slices.SortFunc(o.Waiting, func(a, b waitingLetters) int { return cmp.Or(b.N-a.N, cmp.Compare(a.Reason, b.Reason)) })
	o.Reason = q.Get("reason")
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64) // else from the newest
	found, err := s.deps.Letters.Letters(r.Context(), LetterFilter{Reason: o.Reason, Waiting: true, Before: max(before, 0), Limit: lettersShown + 1})
	for i := range found[:min(len(found), lettersShown)] {
		o.Letters = append(o.Letters, letterRow{found[i], v.words})
	}
	if len(found) > lettersShown {
		o.More = found[lettersShown-1].ID
	}
	return err
}

// submitReplay judges a rejected message again.
func (s *Server) submitReplay(w http.ResponseWriter, r *http.Request, c *caller) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	fate, ok, err := s.deps.Letters.Replay(r.Context(), id, c.Name)
	l := words{c.lang}
	switch {
	case err != nil:
		s.broken(w, r, c, err)
	case !ok:
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
	case !fate.Done:
		v := &systemView{Notice: l.T("消息仍被拒收，留在列表中：", "Still rejected; it stays in the list: ") + fate.Text}
		s.showSystem(w, r, c, http.StatusConflict, v)
	default:
		http.Redirect(w, r, "/system?did=replay", http.StatusSeeOther)
	}
}

// countingView is the thresholds in force, and the comparison with others in figures.
type countingView struct {
	District  roster.DistrictID
	Districts []roster.DistrictID
	Version   string
	Lines     []thresholdLine
	Own       []thresholdLine // those that are not built in
	Overrides []rules.Change
	Days      int
	Typed     string
	Changes   []rules.Change
	Counted   *Counts
}

// Spans are how many days may be compared.
func (*countingView) Spans() []int { return []int{7, 14, 31} }

// Here tells whether the district's history is with this daemon.
func (v *countingView) Here(d roster.DistrictID) bool { return slices.Contains(v.Districts, d) }

func (s *Server) fillThresholds(r *http.Request, v *countingView) {
	v.Districts = s.deps.Thresholds.ComparedDistricts()
	if v.District == "" {
		v.District = roster.DistrictID(r.URL.Query().Get("district"))
	}
	if !v.Here(v.District) {
		v.District = ""
		if len(v.Districts) > 0 {
			v.District = v.Districts[0]
		}
	}
	cfg := s.deps.Thresholds.RulesOf(v.District)
	v.Version = cfg.Version()
	v.Lines, v.Overrides = thresholdLines(cfg)
	v.Own = slices.DeleteFunc(slices.Clone(v.Lines), func(t thresholdLine) bool { return t.Default == "" })
}

// submitCounting tells in figures what a rule file would have meant; it changes nothing.
func (s *Server) submitCounting(w http.ResponseWriter, r *http.Request, c *caller) {
	t := &countingView{District: roster.DistrictID(r.PostFormValue("district")), Days: 7, Typed: r.PostFormValue("rules")}
	v := &systemView{Ops: &opsView{Thresholds: t}}
	if days, err := strconv.Atoi(r.PostFormValue("days")); err == nil && slices.Contains(t.Spans(), days) {
		t.Days = days
	}
	l := words{c.lang}
	candidate, err := rules.ReadConfig(bytes.NewReader([]byte(t.Typed)), l.T("规则文件", "rule file"))
	status := http.StatusUnprocessableEntity
	switch {
	case !slices.Contains(s.deps.Thresholds.ComparedDistricts(), t.District):
		v.Notice = l.T("请选择区县。", "Choose a district.")
	case err != nil:
		v.Notice = err.Error()
	default:
		t.Changes = rules.Changes(s.deps.Thresholds.RulesOf(t.District), candidate)
		if status, v.Notice, err = s.inFigures(w, r, c, t); status == 0 {
			s.broken(w, r, c, err)
			return
		}
	}
	s.showSystem(w, r, c, status, v)
}

// inFigures runs the comparison; status 0: it failed.
func (s *Server) inFigures(w http.ResponseWriter, r *http.Request, c *caller, t *countingView) (status int, says string, err error) {
	// A server without such a deadline takes its time anyway.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(compareTime + time.Minute))
	ctx, cancel := context.WithTimeout(r.Context(), compareTime)
	defer cancel()
	since := roster.InstantOf(time.Now()) - roster.Instant(t.Days)*roster.Day
	counts, err := s.deps.Thresholds.Counts(ctx, Comparing{t.District, c.Name, c.lang, []byte(t.Typed), since})
	if err != nil {
		status, says = words{c.lang}.notCompared(err)
		return status, says, err
	}
	t.Counted = &counts
	return http.StatusOK, "", nil
}

// KindName is what a kind of alerts is called.
func (l words) KindName(k rules.Kind) string { return rules.Info(k).Label.In(l.Lang) }

// rejected is why a message was refused, in words, and what can be done about it.
type rejected struct{ what, remedy string }

// rejection puts a reason into words; one that is not known stands for itself.
func (l words) rejection(reason string) rejected {
	for _, r := range []struct{ reason, zh, en, doZH, doEN string }{
		{"unknown_device", "设备不在花名册", "device in no roster", "导入含该设备的花名册；依法未保存位置，不能重放", "import a roster that holds it; by law nothing was kept to replay"},
		{"unbound", "设备未绑定对象", "device bound to nobody", "补录绑定关系；依法未保存位置，不能重放", "enter the binding; by law nothing was kept to replay"},
		{"no_basis", "没有定位审批或不在时段", "no authority to locate", "补办审批或收回设备；依法未保存位置，不能重放", "authority, or collect the device; by law nothing was kept to replay"},
		{"out_of_term", "不在矫正期内", "outside the term", "核对矫正期，期满应收回设备；不能重放", "check the term, collect the device after it; nothing to replay"},
		{"released_person", "对象已解除矫正", "the person is free", "收回设备；不能重放", "collect the device; nothing to replay"},
		{"datum", "坐标系不明或不符", "datum unknown or wrong", "修正设备的坐标系设置；指定坐标系重放：correctiond deadletter replay --datum", "set the device's datum; to say which it was: correctiond deadletter replay --datum"},
		{"range", "数值超出范围", "value out of range", "检查设备固件", "look at the device's firmware"},
		{"future", "时间在未来", "time in the future", "校准设备时钟", "set the device's clock"},
		{"stale", "时间过旧", "too old", "检查设备时钟和补传", "look at clock and late delivery of the device"},
		{"bad_json", "不是合法的 JSON", "no JSON", "检查设备固件", "look at the device's firmware"},
		{"bad_topic", "主题不符", "wrong topic", "核对设备的主题配置", "look at the topics that the device uses"},
		{"bad_field", "字段不合规", "a field is wrong", "用 correctiond deadletter show 查看（留痕）", "read it with correctiond deadletter show (audited)"},
		{"too_large", "消息过大", "too large", "检查设备固件", "look at the device's firmware"},
		{"biometric_data", "含生物特征数据，依法不收", "holds biometric data, which may not be taken", "要求厂商停止上传；内容未保存，不能重放", "have the maker stop sending it; nothing was kept to replay"},
		{"encrypted", "内容加密，无法读取", "encrypted, cannot be read", "核对设备的加密配置", "look at the device's encryption"},
		{"refused_by_store", "轨迹库拒收", "refused by the track history", "检查轨迹库日志，修复后重放", "look at the log of the history; repair, then replay"},
	} {
		if r.reason == reason {
			return rejected{l.T(r.zh, r.en), l.T(r.doZH, r.doEN)}
		}
	}
	return rejected{reason, ""}
}

// Reasoned is the page of one reason's messages.
func (o *opsView) Reasoned(reason string, before int64) string {
	q := url.Values{}
	if reason != "" {
		q.Set("reason", reason)
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return "/system?" + q.Encode() + "#letters"
}
