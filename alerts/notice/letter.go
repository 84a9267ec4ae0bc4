package notice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Text is the letter as plain text of at most so many bytes, the most urgent
// messages first. What does not fit is counted in the last line, so that nobody
// takes the list for complete.
func (l *Letter) Text(most int) string {
	blocks := l.blocks()
	b := &strings.Builder{}
	if len(blocks) > 1 {
		b.WriteString(l.Subject() + "\n")
	}
	for i, block := range blocks {
		rest := l.rest(len(blocks) - i - 1)
		if i > 0 && b.Len()+len(block)+len(rest) > most {
			b.WriteString(l.rest(len(blocks) - i))
			break
		}
		b.WriteString(block)
	}
	return firstBytes(strings.TrimSpace(b.String()), most)
}

// Subject is the letter in one line: its message, or how many it has.
func (l *Letter) Subject() string {
	if len(l.Messages) == 1 {
		return headline(&l.Messages[0])
	}
	return fmt.Sprintf(l.say("社区矫正监管：%d 条通知", "Community correction: %d notices"), len(l.Messages))
}

func (l *Letter) blocks() []string {
	sorted := slices.Clone(l.Messages)
	slices.SortStableFunc(sorted, func(a, b Message) int { return cmp.Compare(a.Severity, b.Severity) })
	blocks := make([]string, len(sorted))
	for i := range sorted {
		number := ""
		if len(sorted) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		blocks[i] = number + l.block(&sorted[i])
	}
	return blocks
}

// block is one message: what and who, when and why, where to act.
func (l *Letter) block(m *Message) string {
	at, number := "", ""
	if m.At != 0 {
		at = m.At.Time(l.zone()).Format("2006-01-02 15:04")
	}
	if m.Alert != "" {
		number = l.say("编号 ", "no. ") + m.Alert
	}
	circumstances := plain(at + " " + l.why(m.Why) + " " + number)
	return headline(m) + "\n" + circumstances + "\n" + plain(m.Link) + "\n"
}

// headline avoids 【】: telephone companies take them for the sender's name.
func headline(m *Message) string {
	parts := slices.DeleteFunc([]string{plain(m.Kind), plain(m.Name), plain(m.Office)}, func(s string) bool { return s == "" })
	return "[" + m.Severity + "] " + strings.Join(parts, " · ")
}

func (l *Letter) rest(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(l.say("另有 %d 条，请登录系统查看", "and %d more; sign in to see them"), n)
}

func (l *Letter) zone() *time.Location {
	if l.Zone == nil {
		return time.UTC
	}
	return l.Zone
}

// why says for people why a notice is sent.
func (l *Letter) why(w Why) string {
	switch w {
	case ToOpen:
		return l.say("新告警", "new alert")
	case ToEscalate:
		return l.say("已升级，请处置", "escalated to you")
	case ToRepeat:
		return l.say("仍无人确认", "still not acknowledged")
	case ToReturn:
		return l.say("确认后逾期未处置，已退回", "acknowledged, not handled in time")
	case ToEnd:
		return l.say("情形已结束", "the condition has ended")
	case ToClose:
		return l.say("已办结", "closed")
	case ToDigest:
		return l.say("每日汇总", "daily digest")
	case ToOperate:
		return l.say("系统运维", "operations")
	}
	return string(w)
}

// say chooses the words of the letter's language.
func (l *Letter) say(zh, en string) string {
	if l.Lang == "en" {
		return en
	}
	return zh
}

// firstBytes cuts between characters.
func firstBytes(text string, most int) string {
	if len(text) <= most {
		return text
	}
	cut := max(0, most-len("…"))
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
