"""What the demo's shop has written for its customers: the help page, and what agents and the chat find there."""

from typing import Final

from omnichannel.knowledge.service import Given

ARTICLES: Final = (
    Given(
        "warranty",
        "Bảo hành / Warranty",
        is_published=True,
        texts={
            "vi": (
                "Bảo hành máy lạnh: thời hạn và cách yêu cầu",
                "Máy lạnh được bảo hành **24 tháng** kể từ ngày lắp đặt, máy nén **5 năm**.\n\n"
                "## Cách yêu cầu bảo hành\n\n"
                "1. Gọi tổng đài và chọn bảo hành, hoặc nhắn tin cho chúng tôi ở bất kỳ kênh nào.\n"
                "2. Cho biết số đơn hàng gồm 6 chữ số trên hóa đơn.\n"
                "3. Kỹ thuật viên đến trong vòng **2 ngày làm việc** và gọi trước khi đến.\n\n"
                "## Không thuộc bảo hành\n\n"
                "- Hư hỏng do sét, ngập nước hoặc điện áp không ổn định.\n"
                "- Máy do người khác tháo, sửa hoặc di dời.",
            ),
            "en": (
                "Air conditioner warranty: how long, and how to claim",
                "Air conditioners are under warranty for **24 months** from installation, compressors for **5 years**.\n\n"
                "## How to claim\n\n"
                "1. Call the hotline and choose warranty, or write to us on any channel.\n"
                "2. Tell us the six-digit order number on your receipt.\n"
                "3. A technician comes within **2 working days** and calls before.\n\n"
                "## What is not covered\n\n"
                "- Damage by lightning, flooding or unstable voltage.\n"
                "- Units taken down, repaired or moved by somebody else.",
            ),
        },
    ),
    Given(
        "not-cooling",
        "Sử dụng / Using it",
        is_published=True,
        texts={
            "vi": (
                "Máy lạnh không lạnh: tự kiểm tra trước khi gọi",
                "Nhiều trường hợp có thể tự xử lý trong năm phút:\n\n"
                "1. Kiểm tra điều khiển đang ở chế độ **Cool** và nhiệt độ thấp hơn nhiệt độ phòng.\n"
                "2. Tháo lưới lọc, rửa bằng nước, để khô rồi lắp lại.\n"
                "3. Xem dàn nóng ngoài trời có bị che chắn không.\n"
                "4. Ngắt cầu dao, chờ 5 phút rồi bật lại.\n\n"
                "Nếu máy vẫn không lạnh, chảy nước hoặc báo đèn, hãy [gọi bảo hành](tel:19001234).",
            ),
            "en": (
                "The air conditioner does not cool: what to check first",
                "Often it takes five minutes:\n\n"
                "1. See that the remote control says **Cool** and a temperature below the room's.\n"
                "2. Take out the filter, rinse it with water, let it dry and put it back.\n"
                "3. Look whether anything covers the unit outside.\n"
                "4. Switch off the breaker, wait for 5 minutes and switch it on again.\n\n"
                "If it still does not cool, drips or blinks, [call us](tel:19001234).",
            ),
        },
    ),
    Given(
        "delivery",
        "Giao hàng / Delivery",
        is_published=True,
        texts={
            "vi": (
                "Giao hàng và lắp đặt: khi nào và bao nhiêu",
                "- Nội thành: giao trong **24 giờ**, lắp đặt miễn phí tối đa 5 mét ống đồng.\n"
                "- Tỉnh thành khác: **2 đến 4 ngày**.\n\n"
                "Nhân viên gọi cho bạn một giờ trước khi đến. Muốn biết hàng đang ở đâu, gọi tổng đài và đọc "
                "bốn số cuối của mã vận đơn.",
            ),
            "en": (
                "Delivery and installation: when, and what it costs",
                "- In the city: within **24 hours**, installation with up to 5 metres of pipe is free.\n"
                "- Elsewhere: **2 to 4 days**.\n\n"
                "We call you an hour before we come. To hear where your parcel is, call the hotline and say the last "
                "four digits of its number.",
            ),
        },
    ),
)
