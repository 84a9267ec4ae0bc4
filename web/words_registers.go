package web

// registerWords are the words for registers, their fields, choices and steps.
func registerWords() map[string][2]string {
	return map[string][2]string{
		"contacts": {"联系", "contacts"}, "visits": {"走访", "visits"}, "sweeps": {"滚动排查", "sweeps"},
		"track-reviews": {"轨迹核查", "track reviews"}, "incidents": {"重大事项", "incidents"}, "hand-overs": {"衔接", "hand-overs"},
		"released": {"安置帮教", "released persons"}, "objections": {"评分异议", "objections"},

		"subject": {"对象编号", "person"}, "way": {"方式", "way"}, "result": {"结果", "result"}, "with": {"联系人", "with"}, "note": {"备注", "note"},
		"date": {"日期", "date"}, "place": {"地点", "place"}, "present": {"在场人员", "present"}, "title": {"名称", "title"},
		"check": {"核查内容", "what to check"}, "from": {"自", "from"}, "until": {"至", "until"}, "finding": {"核查结果", "finding"},
		"alert": {"告警编号", "alert"}, "confirmed": {"认定属实时间", "confirmed"}, "what": {"情况", "what happened"}, "measures": {"已采取措施", "measures taken"},
		"document": {"法律文书", "document"}, "received": {"收到日期", "received on"}, "effective": {"生效日期", "effective on"},
		"person": {"人员", "person"}, "colour": {"等级", "colour"}, "needs": {"帮扶需求", "needs"}, "next_visit": {"下次走访", "next visit"},
		"about": {"异议事项", "about"}, "objection": {"异议内容", "objection"}, "objector": {"提出人（本人以外）", "raised by (if not the person)"}, "score": {"当时分数", "score then"},
		"outcome": {"处理结果", "outcome"}, "answer": {"答复", "answer"},
	}
}

// choiceWords are the words for what a field may hold, by field where that matters.
func choiceWords() map[string][2]string {
	return map[string][2]string{
		"call": {"电话", "call"}, "visit": {"走访", "visit"}, "video": {"视频", "video"}, "message": {"短信", "message"}, "kiosk": {"自助终端", "kiosk"}, "talk": {"面谈", "talk"},
		"reached": {"联系到本人", "reached"}, "unreached": {"未联系到", "not reached"}, "normal": {"正常", "normal"}, "problem": {"有问题", "a problem"},
		"question": {"有疑问", "a question"}, "violation": {"违反规定", "a violation"}, "help": {"帮扶", "help"}, "colour": {"调整等级", "change of colour"},
		"score": {"评分", "the score"}, "facts": {"所依据的事实", "the facts it rests on"},
		"upheld": {"成立", "upheld"}, "partly": {"部分成立", "upheld in part"}, "rejected": {"不成立", "rejected"},
		"red": {"红", "red"}, "orange": {"橙", "orange"}, "yellow": {"黄", "yellow"}, "green": {"绿", "green"},
	}
}

// stepWords are the words for the steps of a record, and for its state.
func stepWords() map[string][2]string {
	return map[string][2]string{
		"open": {"进行中", "open"}, "answered": {"已答复", "answered"}, "checked": {"已核查", "checked"}, "ended": {"结束", "ended"}, "submitted": {"上报区县", "submitted"}, "received": {"区县已收", "received"},
		"reported-in": {"已报到", "reported in"}, "registered": {"已登记入矫", "registered"}, "plan-signed": {"方案已签署", "plan signed"},
	}
}

func (l words) of(all map[string][2]string, name string) string {
	if both, known := all[name]; known {
		return l.T(both[0], both[1])
	}
	return name
}

// RegisterField names a register or a field of one.
func (l words) RegisterField(name string) string { return l.of(registerWords(), name) }

// RegisterStep names a step, or the state of a record.
func (l words) RegisterStep(name string) string { return l.of(stepWords(), name) }

// RegisterValue says what a field holds: the words for a choice, else what was written.
func (l words) RegisterValue(field, value string) string {
	switch field {
	case "about":
		if value == "colour" {
			return l.T("风险等级", "the colour")
		}
		return l.of(choiceWords(), value)
	case "way", "finding", "colour", "result", "what", "outcome":
		return l.of(choiceWords(), value)
	}
	return value
}
